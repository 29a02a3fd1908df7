"""Constants of nature and of the Standard Model, with uncertainties, and where they come from."""
