"""The stack's side of Bitgoeul's lock-step protocol (replay/schema/stack/README.md is the norm) in a few lines of Python.

    from bitgoeul_stack import run
    run(lambda init, observe: {...}, name="my stack")   # see planner.py

Needs python3-protobuf, and protoc when stack_pb2.py is not beside this file.
"""
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def load_messages():
    """stack_pb2, made with protoc where it is not there yet."""
    try:
        import stack_pb2
        return stack_pb2
    except ImportError:
        pass
    places = [HERE, HERE.parents[2] / "replay/schema/stack", HERE.parents[1] / "schema"]
    proto = next((p for p in places if (p / "stack.proto").exists()), None)
    if proto is None:
        sys.exit("stack.proto was not found: put it beside " + __file__)
    out = tempfile.mkdtemp()
    subprocess.run(["protoc", "-I", str(proto), "--python_out", out, "stack.proto"], check=True)
    sys.path.insert(0, out)
    import stack_pb2
    return stack_pb2


pb = load_messages()
HELLO, HELLO_ACK, INIT, READY, REJECT, OBSERVE, ACT, RESULT, BYE, ERROR = range(1, 11)


class Link:
    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb", buffering=1 << 20)

    def send(self, kind, message=None):
        payload = message.SerializeToString() if message is not None else b""
        self.sock.sendall(struct.pack("<IHH", len(payload), kind, 0) + payload)

    def receive(self):
        head = self.file.read(8)
        if len(head) < 8:
            raise ConnectionError("the engine has closed the connection")
        length, kind, _ = struct.unpack("<IHH", head)
        return kind, self.file.read(length)


def expect(link, wanted, message):
    kind, payload = link.receive()
    if kind == ERROR:
        raise RuntimeError(str(pb.Error.FromString(payload)))
    if kind != wanted:
        raise RuntimeError(f"expected message {wanted}, got {kind}")
    message.ParseFromString(payload)
    return message


def open_session(link, name, version):
    token = os.environ.get("BITGOEUL_STACK_TOKEN", "")
    link.send(HELLO, pb.Hello(protocol_major=1, client_name=name, client_version=version, token=token))
    ack = expect(link, HELLO_ACK, pb.HelloAck())
    init = expect(link, INIT, pb.Init())
    return ack, init


def connect():
    """To the engine that has started us."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(os.environ["BITGOEUL_STACK_SOCKET"])
    return Link(sock)


def run(think, name, version="1", before=None):
    """think(init, ego, state, act) fills one EgoAct for one EgoState; called for every vehicle that is due. before(observe) is
    called once for each Observe."""
    link = connect()
    _, init = open_session(link, name, version)
    egos = {ego.id: ego for ego in init.egos}
    link.send(READY, pb.Ready())
    while True:
        kind, payload = link.receive()
        if kind == BYE:
            return
        if kind == ERROR:
            sys.exit(str(pb.Error.FromString(payload)))
        if kind != OBSERVE:
            continue
        observe = pb.Observe.FromString(payload)
        if before is not None:
            before(observe)
        act = pb.Act(seq=observe.seq, time_ns=observe.time_ns)
        for state in observe.egos:
            think(init, egos[state.id], state, act.egos.add(id=state.id))
        link.send(ACT, act)
