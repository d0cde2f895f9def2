#!/usr/bin/env python3
"""Skeleton of a bridge between the lock-step protocol and ROS 2 (see README.md for the mapping of messages)."""
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from bitgoeul_stack import run  # noqa: E402

try:
    import rclpy
    from autoware_control_msgs.msg import Control
    from autoware_perception_msgs.msg import DetectedObject, DetectedObjects
    from autoware_vehicle_msgs.msg import SteeringReport, VelocityReport
    from nav_msgs.msg import Odometry
    from rosgraph_msgs.msg import Clock
except ImportError as missing:
    sys.exit(f"the ROS 2 bridge needs rclpy and autoware_msgs: {missing}")


class Bridge:
    def __init__(self):
        rclpy.init()
        self.node = rclpy.create_node("bitgoeul_bridge")
        make = self.node.create_publisher
        self.clock = make(Clock, "/clock", 1)
        self.odometry = make(Odometry, "/localization/kinematic_state", 1)
        self.velocity = make(VelocityReport, "/vehicle/status/velocity_status", 1)
        self.steering = make(SteeringReport, "/vehicle/status/steering_status", 1)
        self.objects = make(DetectedObjects, "/perception/object_recognition/detection/objects", 1)
        self.control = None
        self.node.create_subscription(Control, "/control/command/control_cmd", self.take, 1)
        self.time_ns = 0

    def take(self, message):
        self.control = message

    def stamp(self, header):
        header.frame_id = "map"
        header.stamp.sec, header.stamp.nanosec = divmod(self.time_ns, 1_000_000_000)

    def publish(self, state):
        clock = Clock()
        clock.clock.sec, clock.clock.nanosec = divmod(self.time_ns, 1_000_000_000)
        self.clock.publish(clock)
        odometry = Odometry()
        self.stamp(odometry.header)
        pose, twist = odometry.pose.pose, odometry.twist.twist
        pose.position.x, pose.position.y, pose.position.z = state.x, state.y, state.z
        pose.orientation.z, pose.orientation.w = math.sin(state.yaw_rad / 2), math.cos(state.yaw_rad / 2)
        twist.linear.x, twist.angular.z = state.speed_mps, state.yaw_rate_radps
        self.odometry.publish(odometry)
        velocity = VelocityReport(longitudinal_velocity=state.speed_mps, heading_rate=state.yaw_rate_radps)
        self.stamp(velocity.header)
        self.velocity.publish(velocity)
        self.steering.publish(SteeringReport(steering_tire_angle=state.steering_rad))
        objects = DetectedObjects()
        self.stamp(objects.header)
        for o in state.objects:
            item = DetectedObject(existence_probability=1.0)
            pose = item.kinematics.pose_with_covariance.pose
            pose.position.x, pose.position.y = o.x, o.y
            pose.orientation.z, pose.orientation.w = math.sin(o.yaw_rad / 2), math.cos(o.yaw_rad / 2)
            item.kinematics.has_twist = True
            item.kinematics.twist_with_covariance.twist.linear.x = o.speed_mps
            item.shape.dimensions.x, item.shape.dimensions.y = o.length_m, o.width_m
            objects.objects.append(item)
        self.objects.publish(objects)

    def answered(self):
        if self.control is None:
            return False
        stamp = self.control.stamp
        return stamp.sec * 1_000_000_000 + stamp.nanosec >= self.time_ns

    def before(self, observe):
        self.time_ns = observe.time_ns

    def think(self, init, ego, state, act):
        self.publish(state)
        while not self.answered():
            rclpy.spin_once(self.node, timeout_sec=0.1)
        act.control.acceleration_mps2 = self.control.longitudinal.acceleration
        act.control.steering_rad = self.control.lateral.steering_tire_angle


if __name__ == "__main__":
    bridge = Bridge()
    run(bridge.think, "ros2 bridge", before=bridge.before)
