"""A Gymnasium-style environment on the lock-step protocol: one vehicle, reset() and step().

    env = BitgoeulEnv("fleet.xosc", vehicle="ego_000", duration=60)
    seen, info = env.reset(seed=7)
    while not done:
        seen, reward, terminated, truncated, info = env.step((acceleration_mps2, steering_rad))

The engine runs as a child and connects to this process (unix:PATH); one episode is one run. Works without gymnasium; where it is
there, the class derives from gymnasium.Env. The observation is the EgoState message; `features` turns it into a list of floats.
"""
import math
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from bitgoeul_stack import ACT, BYE, ERROR, OBSERVE, READY, RESULT, Link, open_session, pb  # noqa: E402

try:
    from gymnasium import Env
except ImportError:
    Env = object


def features(state):
    """Speed, lane offset, heading error, curvature ahead, room to the next stop and to the next object ahead."""
    i = min(2, len(state.path_x) - 1)
    heading = state.yaw_rad - state.path_heading_rad[i] if i >= 0 else 0.0
    bend = state.path_curvature[min(i + 5, len(state.path_x) - 1)] if i >= 0 else 0.0
    stop = min(state.stop_m, 200.0) if state.HasField("stop_m") else 200.0
    c, s = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
    room = 200.0
    for o in state.objects:
        ahead, left = (o.x - state.x) * c + (o.y - state.y) * s, (o.y - state.y) * c - (o.x - state.x) * s
        if ahead > 0 and abs(left) < 1.8:
            room = min(room, ahead)
    return [state.speed_mps, state.lane_offset_m, math.atan2(math.sin(heading), math.cos(heading)), bend, stop, room]


def progress_reward(state, period_s):
    """Metres driven, less for leaving the lane, and a fine for a collision or a red light."""
    return state.speed_mps * period_s - 0.1 * abs(state.lane_offset_m) - (100.0 if state.events & 3 else 0.0)


class BitgoeulEnv(Env):
    def __init__(self, scenario, vehicle="ego_000", duration=60.0, program="bitgoeul", arguments=(),
                 observe=features, reward=progress_reward):
        self.scenario, self.vehicle, self.duration = scenario, vehicle, duration
        self.program, self.arguments = program, list(arguments)
        self.observe, self.reward = observe, reward
        self.link = self.process = self.ego = None

    def reset(self, *, seed=None, options=None):
        self.close()
        self.dir = tempfile.TemporaryDirectory()
        path = os.path.join(self.dir.name, "socket")
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(path)
        listening.listen(1)
        listening.settimeout(120)
        command = [self.program, "run", self.scenario, "--stack", f"{self.vehicle}=unix:{path}", "--duration",
                   str(self.duration), "--seed", str(1 if seed is None else seed), "--quiet", "--stack-timeout", "3600",
                   "--out", (options or {}).get("out", os.path.join(self.dir.name, "run"))] + self.arguments
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        sock, _ = listening.accept()
        listening.close()
        self.link = Link(sock)
        self.hello, self.init = open_session(self.link, "gymnasium", "1")
        self.ego = self.init.egos[0]
        self.period_s = (self.ego.act_every_steps or self.init.act_every_steps) * self.hello.step_ns * 1e-9
        self.link.send(READY, pb.Ready())
        self.pending, self.result = self._next()
        return self.observe(self.state), {"ego": self.ego, "time_ns": self.pending.time_ns}

    def _next(self):
        """The next observation that holds the vehicle, or the result of the run."""
        result = None
        while True:
            kind, payload = self.link.receive()
            if kind == OBSERVE:
                message = pb.Observe.FromString(payload)
                self.state = message.egos[0]
                return message, None
            if kind == RESULT:
                result = pb.Result.FromString(payload)
            if kind == ERROR:
                raise RuntimeError(pb.Error.FromString(payload).text)
            if kind == BYE:
                return None, result

    def step(self, action):
        act = pb.Act(seq=self.pending.seq, time_ns=self.pending.time_ns)
        ego = act.egos.add(id=self.ego.id)
        ego.control.acceleration_mps2, ego.control.steering_rad = float(action[0]), float(action[1])
        self.link.send(ACT, act)
        self.pending, self.result = self._next()
        truncated = self.pending is None
        terminated = not truncated and bool(self.state.events & 1)
        info = {"verdict": self.result.verdict} if self.result else {"time_ns": self.pending.time_ns} if self.pending else {}
        return self.observe(self.state), self.reward(self.state, self.period_s), terminated, truncated, info

    def close(self):
        if self.link is not None:
            self.link.sock.close()
            self.link = None
        if self.process is not None:
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
            self.dir.cleanup()


if __name__ == "__main__":
    env = BitgoeulEnv(sys.argv[1], vehicle=sys.argv[2], duration=float(sys.argv[3]), program=sys.argv[4])
    seen, _ = env.reset(seed=1)
    total, steps, done = 0.0, 0, False
    while not done:
        speed, offset, heading, bend, stop, room = seen
        brake = stop < 5 + speed * speed / 4 or room < 8 + speed * 1.5
        steer = math.atan(2.8 * (bend - 0.04 * offset - 0.4 * heading))
        seen, reward, terminated, truncated, info = env.step((-2.5 if brake else 1.0 if speed < 10 else 0.0, steer))
        total, steps, done = total + reward, steps + 1, terminated or truncated
    print(f"{steps} steps, reward {total:.1f}, {info}")
    env.close()
