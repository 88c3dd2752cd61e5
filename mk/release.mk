# What a release is made of, and its tests. The workflows call these targets and the scripts behind them.
.PHONY: reproducible

##@ Release
reproducible: setup-amd64 setup-arm64 ## two clean builds in two folders are the same, byte for byte (minutes)
	@scripts/reproducible

nightly: reproducible
