"""In place of TensorBoard: answers with the request that it was sent."""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        data = json.dumps({"path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "evil=1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words):
        pass


if __name__ == "__main__":
    sys.stdin.readline()
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("something that is not JSON")
    print(json.dumps({"port": server.server_port, "read": True}), flush=True)
    sys.stdin.read()
    os._exit(0)
