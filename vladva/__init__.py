"""VladVA: a generative vision-language model as a dual encoder that finds pictures by meaning."""
