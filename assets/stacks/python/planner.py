#!/usr/bin/env python3
"""A driving stack in Python: along the way, at the limit, behind whatever is ahead, waiting at lines.

    bitgoeul run fleet.xosc --stack 'ego_*=exec:/usr/bin/python3 assets/stacks/python/planner.py'
"""
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bitgoeul_stack import pb, run  # noqa: E402

COMFORT, BRAKE, HEADWAY, GAP = 1.5, 2.0, 1.4, 2.0   # m/s2, m/s2, s, m
LATERAL, BEND_BRAKE = 1.8, 1.2                      # m/s2


def behind(speed, gap, leader):
    """What the Intelligent Driver Model takes off for something `gap` metres ahead."""
    root = 2 * math.sqrt(COMFORT * BRAKE)
    wanted = GAP + max(0.0, speed * HEADWAY + speed * (speed - leader) / root)
    return -COMFORT * (wanted / max(gap, 0.1)) ** 2


def line(speed, gap):
    wanted = 0.6 + max(0.0, speed * 0.6 + speed * speed / (2 * math.sqrt(COMFORT * BRAKE)))
    return -COMFORT * (wanted / max(gap, 0.05)) ** 2


def foot(state, start, step, x, y):
    """Metres ahead along the way, and to the left of it."""
    xs, ys = state.path_x, state.path_y
    i = min(range(len(xs)), key=lambda k: (xs[k] - x) ** 2 + (ys[k] - y) ** 2)
    c, s = math.cos(state.path_heading_rad[i]), math.sin(state.path_heading_rad[i])
    dx, dy = x - xs[i], y - ys[i]
    return start + i * step + dx * c + dy * s, dy * c - dx * s, i


def wanted_speed(ego, state, start, step):
    wanted = ego.max_speed_mps
    for i, (limit, bend) in enumerate(zip(state.path_limit_mps, state.path_curvature)):
        cap = min(limit, math.sqrt(LATERAL / abs(bend))) if abs(bend) > 1e-4 else limit
        wanted = min(wanted, math.sqrt(cap * cap + 2 * BEND_BRAKE * max(0.0, start + i * step)))
    return max(wanted, 0.5)


def objects(ego, state, start, step):
    """(metres ahead, metres left, object) of whatever is near the way."""
    out = []
    c, s = math.cos(state.yaw_rad), math.sin(state.yaw_rad)
    for o in state.objects:
        if (o.x - state.x) * c + (o.y - state.y) * s > -30:
            ahead, left, i = foot(state, start, step, o.x, o.y)
            out.append((ahead, left, state.path_heading_rad[i], o))
    return out


def acceleration(ego, state, start, step, near):
    v = state.speed_mps
    goal = wanted_speed(ego, state, start, step)
    free = COMFORT * (1 - (v / goal) ** 4) if v <= goal else -min(3.0, (v - goal) / 0.5)
    least = 0.0
    front = ego.center_x_m + ego.length_m / 2
    for ahead, left, heading, o in near:
        c, s = math.cos(o.yaw_rad - heading), abs(math.sin(o.yaw_rad - heading))
        length = (abs(c) * o.length_m + s * o.width_m) / 2
        width = (s * o.length_m + abs(c) * o.width_m) / 2
        if ahead > ego.center_x_m and abs(left) < width + ego.width_m / 2 + 0.3:
            least = min(least, behind(v, ahead - length - front, max(0.0, o.speed_mps * c)))
    if state.HasField("stop_m") and state.stop_m > -1:
        least = min(least, line(v, state.stop_m))
    for signal in state.signals:
        stops = signal.distance_m > v * v / 7
        if signal.distance_m > -0.5 and (signal.state == pb.Signal.RED or signal.state == pb.Signal.YELLOW and stops):
            least = min(least, line(v, signal.distance_m))
    if state.lane_change:
        least = min(least, line(v, max(0.2, state.lane_change_in_m - 12)))
    return max(-ego.max_deceleration_mps2, min(free + least, ego.max_acceleration_mps2))


def lane_is_free(ego, state, near):
    side = state.lane_change * state.lane_width_m
    v, half = state.speed_mps, ego.length_m / 2
    for ahead, left, _, o in near:
        if abs(left - side) < state.lane_width_m / 2 + 0.3:
            front = ahead - o.length_m / 2 - ego.center_x_m - half
            rear = ego.center_x_m - half - ahead - o.length_m / 2
            if front < 2 + 0.5 * v and rear < 3 + 0.5 * o.speed_mps + 4 * max(0.0, o.speed_mps - v):
                return False
    return True


def steering(ego, state, start, step, near):
    v = state.speed_mps
    here = min(int(round(-start / step)), len(state.path_x) - 1)
    ahead = min(here + int((0.3 + 0.15 * v) / step + 0.5), len(state.path_x) - 1)
    heading = state.path_heading_rad[here]
    c, s = math.cos(heading), math.sin(heading)
    left = (state.y - state.path_y[here]) * c - (state.x - state.path_x[here]) * s
    if state.lane_change and v > 0.5 and lane_is_free(ego, state, near):
        left -= state.lane_change * state.lane_width_m
    most = max(0.4, min(0.15 * v, 2.0))
    reach = max(1.8, min(0.5 * v, 16.0))
    curvature = (state.path_curvature[ahead] - max(-most, min(left, most)) / reach ** 2
                 - 2 * math.sin(state.yaw_rad - heading) / reach)
    angle = math.atan(curvature * ego.wheelbase_m)
    return max(-ego.max_steering_rad, min(angle, ego.max_steering_rad))


def think(init, ego, state, act):
    if len(state.path_x) < 2:
        act.control.acceleration_mps2, act.control.steering_rad = -3.0, 0.0
        return
    start, step = init.path_start_m, init.path_step_m
    near = objects(ego, state, start, step)
    act.control.acceleration_mps2 = acceleration(ego, state, start, step, near)
    act.control.steering_rad = steering(ego, state, start, step, near)


if __name__ == "__main__":
    run(think, "python planner")
