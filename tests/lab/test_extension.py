"""What loading the extension changes in a server."""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from traitlets.config import Config, Configurable

from tfkit.lab.extension import _answer_at_once, _encrypt_kernels, _PromptConnection

NAME = "kernel_websocket_connection_class"


def test_the_connection_to_kernels_answers_at_once():
    settings = {NAME: ZMQChannelsWebsocketConnection}
    _answer_at_once(settings)
    assert settings == {NAME: _PromptConnection}


def test_a_connection_of_somebody_elses_stays_his():
    class Other(ZMQChannelsWebsocketConnection):
        pass

    settings = {NAME: Other}
    _answer_at_once(settings)
    assert settings == {NAME: Other}


def test_a_connection_that_is_opened_does_not_wait(monkeypatch):
    asked = []
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: "connected")
    connection = _PromptConnection.__new__(_PromptConnection)
    handler = type("Handler", (), {"set_nodelay": lambda self, value: asked.append(value)})()
    monkeypatch.setattr(_PromptConnection, "websocket_handler", handler)
    assert connection.connect() == "connected" and asked == [True]


def test_kernels_are_given_keys_unless_somebody_has_decided_otherwise():
    kept = Config({"Other": {"x": 1}})
    for given, wanted in (
        (kept, "auto"),
        (Config({"KernelManager": {"transport_encryption": "required"}}), "required"),
    ):
        manager = Configurable(config=given)
        _encrypt_kernels(manager)
        assert manager.config.KernelManager.transport_encryption == wanted
    assert kept == {"Other": {"x": 1}}  # that of everything else is not touched
