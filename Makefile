# Two commands do all: `make run` and `make test`. Both create the environment where it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test test-looks test-slow test-gpu test-extras lint types format docs evidence wheel mini baselines ablation clean

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

# Most of a test's time is one process that starts another, so files of tests share the cores; each
# has one thread, else the arithmetic of one waits for that of the other. `pytest` alone runs in order.
test: lint types
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses logical --maxprocesses 4 --dist loadfile

# What a person does on the page, at both widths, by day and by night.
test-looks: $(READY)
	for look in wide-light wide-dark narrow-light narrow-dark; do \
	  VLADVA_LOOK=$$look OMP_NUM_THREADS=1 $(BIN)/pytest -m browser \
	    --numprocesses logical --maxprocesses 4 --dist loadfile || exit 1; \
	done

test-slow: $(READY)
	$(BIN)/pytest -m slow --timeout 3600

test-gpu: $(READY)
	$(BIN)/pytest -m gpu --timeout 3600

# The extras with heavy parts, and a torchvision that fits torch: an environment of its own, some GB.
EXTRAS := .venv-extras
test-extras:
	$(PYTHON) -m venv $(EXTRAS)
	$(EXTRAS)/bin/python -m pip install --quiet --disable-pip-version-check \
	  torch==2.14.1 torchvision==0.29.1
	sed '/^torch==/d' constraints.txt > $(EXTRAS)/constraints.txt
	$(EXTRAS)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(EXTRAS)/constraints.txt --editable '.[dev,open-clip,quantized]'
	$(EXTRAS)/bin/pytest -m 'slow or not slow' tests/test_vladva_encoders_open_clip*.py \
	  tests/test_vladva_encoders_quantized*.py

# Every stage of mini and of its baseline, from nothing; hours and figures: vladva/mini/README.md.
# Each stage goes on where it was stopped; on a GPU machine the same commands use it. What the stages
# have come to lies in checkpoints/mini: copied to runs/mini, it is found, and nothing is done twice.
LAB := $(BIN)/python -m vladva.trainer.lab
mini: $(READY)
	$(LAB).scenes runs/mini
	$(LAB).edits runs/mini
	$(LAB).vision runs/mini
	$(LAB).align runs/mini
	$(LAB).language runs/mini
	$(LAB).joint runs/mini
	$(LAB).package runs/mini/base vladva/mini
	$(LAB).clip runs/mini --sweep 1e-4,3e-4,1e-3,3e-3
	$(LAB).package runs/mini/clip/model vladva/clip_mini

# The baselines of docs/evidence.md that are not packaged; NegCLIP-mini begins as clip-mini did.
baselines: $(READY)
	$(LAB).clip runs/mini --out runs/mini/negclip --rate 3e-4 --negatives 2 --negatives-from 661504
	$(LAB).joint runs/mini --out runs/mini/e5v --no-pictures

docs: $(READY)
	$(BIN)/python docs/remake.py

# The paper's findings on a micro model, five paired seeds: many hours; goes on where it was stopped.
ablation: $(READY)
	$(LAB).ablation runs/micro --size-search
	$(LAB).ablation runs/micro --seeds 5 --items 2000
	$(LAB).ablation runs/micro --report
	$(LAB).ablation runs/micro-qwen2_vl --backbone qwen2_vl --size-search
	$(LAB).ablation runs/micro-qwen2_vl --backbone qwen2_vl --seeds 5 --items 2000 --rows "zero,both,both + ar"
	$(LAB).ablation runs/micro-qwen2_vl --backbone qwen2_vl --report

# Every figure of docs/evidence.md that is not known yet; stopped, it goes on where it was.
evidence: $(READY)
	$(BIN)/python docs/evidence.py

wheel: $(READY)
	$(BIN)/python -m build --wheel

clean:
	rm -rf build dist $(VENV)
