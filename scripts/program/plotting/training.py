"""Training and validation loss over the epochs, with the learning rate below when it varies."""

import numpy as np

from plotting import style


def training_curve(training):
    varies = np.ptp(training["learning_rate"]) > 0
    figure, panels = style.plt.subplots(2 if varies else 1, 1, figsize=(7, 4.1 if varies else 3.2), sharex=True,
                                        squeeze=False, height_ratios=(3, 1) if varies else (1,))
    loss = panels[0, 0]
    epochs = training["epoch"]
    loss.plot(epochs, training["training_loss"], color=style.LEARNT, linewidth=1.1, marker="o" if len(epochs) == 1 else None,
              markersize=3, label="training")  # a line of one point is not seen
    evaluated = np.isfinite(training["validation_loss"])
    if evaluated.any():
        few = evaluated.sum() < 60
        loss.plot(epochs[evaluated], training["validation_loss"][evaluated], color=style.VALIDATION, linewidth=1.5,
                  marker="o" if few else None, markersize=3, label="validation (held-back pairs)")
    losses = np.concatenate([training["training_loss"], training["validation_loss"][evaluated]])
    if np.nanmin(losses) > 0:
        loss.set_yscale("log")
        for formatter in (loss.yaxis.set_major_formatter, loss.yaxis.set_minor_formatter):
            formatter("{x:g}")  # the usual 3 x 10^1 is hard to read over a single decade
    loss.set_ylabel("mean loss per sample (-)")
    loss.legend()
    if varies:
        panels[1, 0].plot(epochs, training["learning_rate"], color=style.PRIOR, linewidth=1.3)
        panels[1, 0].set_ylabel("learning rate")
        panels[1, 0].set_ylim(bottom=0)
    panels[-1, 0].set_xlabel("epoch")
    return figure
