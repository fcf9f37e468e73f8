"""A FHIR server that takes every transaction and keeps it."""

import http.server
import json
import sys
import threading


class Fhir:
    def __init__(self):
        self.bundles, self.urls = [], []
        fhir = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                bundle = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fhir.urls.append(self.path)
                status = fhir.take(bundle, self.headers["Idempotency-Key"])
                if status is None:
                    self.close_connection = True
                    return
                entries = [{"response": {"status": "200 OK"}} for _ in bundle.get("entry", [])]
                body = json.dumps({"resourceType": "Bundle", "type": "transaction-response", "entry": entries}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, address):
                if not isinstance(sys.exc_info()[1], ConnectionError):  # the engine was killed
                    super().handle_error(request, address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, bundle, control_id):
        """Keeps it; gives back the status of the answer, or None to hang up without one."""
        self.bundles.append(bundle)
        return 200

    def resources(self, kind):
        return [entry["resource"] for bundle in self.bundles for entry in bundle["entry"]
                if entry["resource"]["resourceType"] == kind]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
