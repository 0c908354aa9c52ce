# Two commands do everything: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export WENJU_CACHE ?= $(CURDIR)/.cache
# Where it is set, every process that a test starts would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE
DEMO_INDEX := .data/demo
QUESTION := 莲塘街道2024年的口岸计划是什么

.DEFAULT_GOAL := demo
.PHONY: demo setup test test-fast test-slow test-long lint ui clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo '需要 Python 3.11 至 3.13（现在是 '"$$($(PYTHON) --version 2>&1)"'）：请用 make PYTHON=python3.11'; exit 1; }
	@echo '准备环境（第一次需要几分钟）……'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo '建不了虚拟环境：请安装 python3-venv'; exit 1; }
	@# An old pip takes minutes to choose versions that a new one chooses at once.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25'
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet --no-compile -c constraints.txt 'torch==2.13.0'
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet --no-compile -c constraints.txt -e '.[test]'
	@# pip compiles with one processor. Half of all there is stands in six packages of which little is ever imported.
	@$(BIN)/python -m compileall -qq -j 0 -x '/(torch|transformers|sympy|scipy|sklearn|networkx)/' $(VENV)/lib || true
	@touch $(STAMP)

demo: setup
	@$(BIN)/python -m index build demo --index $(DEMO_INDEX)
	@echo
	@echo '问：$(QUESTION)'
	@$(BIN)/ask '$(QUESTION)' --index $(DEMO_INDEX)

ui: setup
	@$(BIN)/python ui.py --index $(DEMO_INDEX)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# The fast tier first: a mistake shows within two minutes, the real models and browsers after it.
test: lint
	$(BIN)/python -m pytest -m 'not slow and not browser and not long'
	$(BIN)/python -m pytest -m '(slow or browser) and not long'

# Every test; what passed on this very code is left out, so that a run that was stopped goes on where it was, and after
# `make test` only the long ones remain. The page is written even where one failed: it says so.
test-long: setup
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[long]'
	@$(BIN)/python -m pytest --go-on; code=$$?; \
		$(BIN)/python -m eval reliability --write && { test $$code -eq 0 || test $$code -eq 5; }

clean:
	rm -rf .data .cache .artefacts
