# make demo: install, and fuse pairs made from photographs.  make examples: the scripts of examples/ on the same pairs.
# make test, lint, docs: install all that contributors need, then do it.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

demo: .venv/demo
	$(BIN)/aefusion demo --output demo

examples: demo
	for script in examples/*.py; do \
		$(BIN)/python $$script demo/focus_a.png demo/focus_b.png demo/$$(basename $$script .py).png || exit 1; done

test: .venv/dev
	$(BIN)/python -m pytest

lint: .venv/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright

docs: .venv/dev
	$(BIN)/mkdocs build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "aefusion needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3 -m venv failed: on Debian, apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip

# Each is an extra of pyproject.toml; the file says when it was installed.
.venv/demo .venv/dev: .venv/%: pyproject.toml constraints.txt src/aefusion/_version.py \
		CMakeLists.txt $(wildcard src/aefusion/engine/*.?pp) | .venv/bin/python
	$(INSTALL) --editable '.[$*]'
	@touch $@

clean:
	rm -rf .venv build demo site

.NOTPARALLEL:
.PHONY: demo examples test lint docs clean
