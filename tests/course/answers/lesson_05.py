"""Answers to the exercises of lesson 05."""

SETUP = """
import math

def g(x):
    return math.cos(x * x) * math.exp(x) + 2 * x

def dg(x):
    return (math.cos(x * x) - 2 * x * math.sin(x * x)) * math.exp(x) + 2

good = [
    lambda a, b, c, d: 2 * (a + b + c + d), lambda x: 4 * x**3, lambda x: 3 * x * x, lambda x: -6,
    lambda x: 2 * x * math.exp(x**2 + 1), lambda x: math.exp(g(x)) * (math.sin(g(x)) + math.cos(g(x))) * dg(x),
]

def but(number, slope):
    return [slope if place == number else one for place, one in enumerate(good, start=1)]

def numeric(f):
    def slope(*xs):
        x = tf.Variable(tf.constant(xs[0], tf.float64))
        with tf.GradientTape() as tape:
            y = f(x)
        return tape.gradient(y, x)
    return slope
"""

_CLASS = """
class Number:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.gradient = value, parents, 0.0
    def __add__(self, other):
        return Number(self.value + other.value, [(self, 1.0), (other, 1.0)])
    def __mul__(self, other):
        return Number(self.value * other.value, {product})
    def exp(self):
        value = {exp}
        return Number(value, [(self, {local})])
    def backward(self, gradient=1.0):
        self.gradient {sign} gradient
        for parent, local in self.parents:
            {step}
"""
_SORTED = """
class Number:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.gradient = value, list(parents), 0.0
    def __add__(self, other):
        return Number(self.value + other.value, ((self, 1), (other, 1)))
    def __mul__(self, other):
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))
    def exp(self):
        value = math.exp(self.value)
        return Number(value, ((self, value),))
    def backward(self):
        order, seen = [], set()
        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)
        visit(self)
        self.gradient = 1.0
        for node in reversed(order):
            for parent, local in node.parents:
                parent.gradient += local * node.gradient
"""


def _tape(
    product="[(self, other.value), (other, self.value)]",
    exp="math.exp(self.value)",
    local="value",
    sign="+=",
    step="parent.backward(gradient * local)",
):
    return _CLASS.format(product=product, exp=exp, local=local, sign=sign, step=step)


RIGHT = {
    "a": ["(6.0, 18.0, 3.0, 5.0)", "tf.constant([6, 18, 3, 5])", "np.array([6, 18, 3, 5.0])"],
    "b": [
        "tuple(good)",
        "but(2, numeric(lambda x: (x * x) ** 2))",
        "but(5, lambda x: 2 * np.e * x * np.exp(x * x))",
    ],
    "c": [_SORTED, _tape(exp="np.exp(self.value)"), _tape(exp="tf.exp(self.value)")],
    "d": ["'whole'", "'`whole`'", "' Whole '"],
}

WRONG = {
    "a": [
        ("[3, 18, 3, 5]", "the value of x"),
        ("[4, 8, 3, 5]", "Here x is 3"),
        ("[6, 6, 3, 5]", "y is 9"),
        ("[6, 108, 3, 5]", "both squares"),
        ("[6, 18, 5, 3]", "b times that"),
        ("[6, 18, 3]", "3 entries"),
    ],
    "b": [
        ("but(2, lambda x: 2 * x**2)", "chain rule"),
        ("but(3, lambda x: x**2)", "used three times"),
        ("but(4, lambda x: -1)", "multiplied, not added"),
        ("but(5, lambda x: math.exp(x**2 + 1))", "Slope 5"),
        ("but(6, lambda x: math.exp(g(x)) * math.cos(g(x)) * dg(x))", "two parts"),
        ("but(1, lambda a, b, c, d: (a + b + c + d) ** 2)", "outer function"),
        ("but(6, lambda x: dg(x))", "Slope 6: at"),
        ("good[:5]", "5 entries"),
        ("[20, 32, 12, -6, 14.778, -14.474]", "Slope 1 is a whole number"),
        ("but(4, -6)", "also where the slope is a fixed number"),
        ("but(1, lambda x: 2 * x)", "TypeError"),
    ],
    "c": [
        (_tape(sign="="), "+= instead of ="),
        (_tape(product="[(self, self.value), (other, other.value)]"), "Check the local derivatives"),
        (_tape(step="pass"), "still 0"),
        (_tape(exp="self.value"), "should have the value"),
        (_tape(local="1.0"), "Check the local derivatives"),
        (_tape(step="parent.backward(local)"), "In "),
        (_tape().replace("return Number(value, [(self, value)])", "return value"), "should give a new Number"),
        (_tape().replace("return Number(value, [(self, value)])", "Number(value, [(self, value)])"), "gives None"),
        ("Number = 5", "the class Number itself"),
    ],
    "d": [
        ("'scaled'", "you pass another one"),
        ("'back'", "one step further"),
        ("'x'", "cut before"),
        ("'cast'", "none of the choices"),
    ],
}
