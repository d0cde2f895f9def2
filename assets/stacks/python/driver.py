#!/usr/bin/env python3
"""Decides what the engine's own driver would, of what that driver sees: the Intelligent Driver Model, lines, lane changes.

    bitgoeul run fleet.xosc --stack-driver-view --stack 'ego_*=exec:/usr/bin/python3 assets/stacks/python/driver.py'

Change it to drive as you like: the vehicles stay the engine's in all else (right of way, gaps, routes).
"""
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bitgoeul_stack import pb, run  # noqa: E402


def interaction(view, speed, gap_m, leader_mps, standing_m, headway_s):
    """What something `gap_m` ahead takes off (Treiber, Hennecke, Helbing, 2000)."""
    root = 2 * math.sqrt(view.acceleration_mps2 * view.deceleration_mps2)
    wanted = standing_m + max(0.0, speed * headway_s + speed * (speed - leader_mps) / root)
    return -view.acceleration_mps2 * (wanted / max(gap_m, 0.05)) ** 2


def speed_decision(view, speed, out):
    wanted = view.wanted_mps
    if view.HasField("wished_mps"):
        wanted = max(0.5, min(view.wished_mps, view.bend_mps))
    if view.off_way:
        wanted = min(wanted, 2.5)
    if speed > wanted:
        free = -min(1.5 * view.deceleration_mps2, (speed - wanted) / 0.5)
    else:
        free = view.acceleration_mps2 * (1 - (speed / wanted) ** 4)
    out.acceleration_mps2, out.binding = min(free, view.slowing_mps2 or free), out.FREE
    if view.HasField("leader_gap_m"):
        a = free + interaction(view, speed, view.leader_gap_m, view.leader_mps, view.gap_m, view.headway_s)
        if a < out.acceleration_mps2:
            out.acceleration_mps2, out.binding = a, out.LEADER
    if view.HasField("stop_gap_m"):
        a = free + interaction(view, speed, view.stop_gap_m, 0.0, 0.6, 0.6)
        if a < out.acceleration_mps2:
            out.acceleration_mps2, out.binding = a, out.STOP
    out.acceleration_mps2 = max(-8.0, min(out.acceleration_mps2, view.most_mps2))


def change_decision(view, speed, out):
    out.change = out.KEEP
    if view.change_progress < 1.0:
        if view.change_progress >= 0.75 and speed < 0.5:
            out.change = out.FINISH
    elif view.change_wanted and view.gap:
        later = 18.0 * (view.after - 1)
        out.change = out.START
        out.change_m = max(12.0, min(max(4.0 * speed, 20.0), view.room_m - 3.0 - later, 60.0))
    elif view.change_wanted and speed <= 1.0:
        waited = view.waited_s if view.HasField("waited_s") else 0.0
        asks = waited > 2.0 and not view.beside and speed < 0.3
        out.change = out.GIVE_UP if waited > 60.0 else out.ASK_IN if asks else out.WAIT


def steering_decision(view, state, speed, out):
    lateral, heading = view.lateral_m, view.way_heading_rad
    if view.change_progress < 1.0 and out.change != out.FINISH:
        p = view.change_progress
        lateral -= view.change_offset_m * (1 - p ** 3 * (10 + p * (-15 + 6 * p)))
        heading += view.change_offset_m * -30 * (p * (1 - p)) ** 2 / view.change_length_m
    reach = max(1.8, min(0.5 * speed, 16.0))
    error = math.remainder(state.yaw_rad - heading, 2 * math.pi)
    curvature = view.way_curvature - lateral / reach ** 2 - 2 * math.sin(error) / reach
    angle = math.atan(curvature * view.wheelbase_m)
    out.steering_rad = max(-view.max_steering_rad, min(angle, view.max_steering_rad))


def think(init, ego, state, act):
    view, out = state.driver, act.driver
    speed_decision(view, state.speed_mps, out)
    change_decision(view, state.speed_mps, out)
    steering_decision(view, state, state.speed_mps, out)


if __name__ == "__main__":
    run(think, "python driver")
