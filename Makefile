# Two commands do all: `make run` and `make test`. Both create the environment where it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test test-slow test-gpu lint types format docs wheel mini clean

run: $(READY)
	$(BIN)/vladva demo

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vladva needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt "torch==$$(sed -n 's/^torch==//p' constraints.txt)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# On an installed copy: in the checkout, `trainer/` is no package of its own name.
types: $(READY)
	rm -rf build
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --target build/types .
	MYPYPATH=build/types $(BIN)/mypy --strict -p vladva

test: lint types
	$(BIN)/pytest

test-slow: $(READY)
	$(BIN)/pytest -m slow --timeout 3600

test-gpu: $(READY)
	$(BIN)/pytest -m gpu --timeout 3600

# About 80 minutes on two cores: every stage of the packaged mini, from nothing. See vladva/mini/README.md.
mini: $(READY)
	$(BIN)/python -m vladva.trainer.lab.scenes runs/mini
	$(BIN)/python -m vladva.trainer.lab.vision runs/mini
	$(BIN)/python -m vladva.trainer.lab.language runs/mini
	$(BIN)/python -m vladva.trainer.lab.joint runs/mini
	$(BIN)/python -m vladva.trainer.lab.package runs/mini vladva/mini

docs: $(READY)
	$(BIN)/python docs/remake.py

wheel: $(READY)
	$(BIN)/python -m build --wheel

clean:
	rm -rf build dist $(VENV)
