from tfkit.gradients.findings import Findings


def diagnose(m, x=None, y=None):
    return Findings()
