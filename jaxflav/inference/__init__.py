"""What to do with a likelihood; nothing here knows an experiment or a B meson.

Folders, each of which imports only those before it: ``fitting`` (best fit, Fisher scoring, covariance, what a fit
returns), ``profiling`` (profile likelihood, intervals, planes and contours, impacts, signal strength),
``hypothesis_tests`` (CLs limits, toys, p-values, Feldman-Cousins, goodness of fit, look-elsewhere), ``posteriors``
(priors, the posterior density and its modes), ``sampling`` (NUTS, importance sampling, diagnostics, draws),
``evidence`` (nested sampling, Bayes factors, marginal likelihoods), ``checks`` (calibration of posteriors, posterior
predictive) and ``scans`` (products of axes on many devices).
"""
