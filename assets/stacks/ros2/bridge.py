#!/usr/bin/env python3
"""Skeleton of a bridge between the lock-step protocol and ROS 2 (see README.md for the mapping of messages)."""
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from bitgoeul_stack import pb, run  # noqa: E402

try:
    import rclpy
    from autoware_control_msgs.msg import Control
    from autoware_perception_msgs.msg import (DetectedObject, DetectedObjectKinematics, DetectedObjects, Shape,
                                              TrafficLightElement, TrafficLightGroup, TrafficLightGroupArray)
    from autoware_vehicle_msgs.msg import SteeringReport, VelocityReport
    from geometry_msgs.msg import AccelWithCovarianceStamped
    from nav_msgs.msg import Odometry
    from rosgraph_msgs.msg import Clock
except ImportError as missing:
    sys.exit(f"the ROS 2 bridge needs rclpy and autoware_msgs: {missing}")

# Autoware's colour and status of a light for each of ours; an OFF one has no element.
LIGHTS = {pb.Signal.RED: (TrafficLightElement.RED, TrafficLightElement.SOLID_ON),
          pb.Signal.YELLOW: (TrafficLightElement.AMBER, TrafficLightElement.SOLID_ON),
          pb.Signal.GREEN: (TrafficLightElement.GREEN, TrafficLightElement.SOLID_ON),
          pb.Signal.FLASHING_RED: (TrafficLightElement.RED, TrafficLightElement.FLASHING),
          pb.Signal.FLASHING_YELLOW: (TrafficLightElement.AMBER, TrafficLightElement.FLASHING)}


class Bridge:
    def __init__(self):
        rclpy.init()
        self.node = rclpy.create_node("bitgoeul_bridge")
        make = self.node.create_publisher
        self.clock = make(Clock, "/clock", 1)
        self.odometry = make(Odometry, "/localization/kinematic_state", 1)
        self.acceleration = make(AccelWithCovarianceStamped, "/localization/acceleration", 1)
        self.velocity = make(VelocityReport, "/vehicle/status/velocity_status", 1)
        self.steering = make(SteeringReport, "/vehicle/status/steering_status", 1)
        self.objects = make(DetectedObjects, "/perception/object_recognition/detection/objects", 1)
        self.signals = make(TrafficLightGroupArray, "/perception/traffic_light_recognition/traffic_signals", 1)
        self.control = None
        self.node.create_subscription(Control, "/control/command/control_cmd", self.take, 1)
        self.time_ns = 0

    def take(self, message):
        self.control = message

    def now(self, stamp):
        stamp.sec, stamp.nanosec = divmod(self.time_ns, 1_000_000_000)

    def head(self, header, frame="map"):
        header.frame_id = frame
        self.now(header.stamp)

    def publish(self, state):
        clock = Clock()
        self.now(clock.clock)
        self.clock.publish(clock)
        self.publish_vehicle(state)
        self.publish_objects(state)
        self.publish_signals(state)

    def publish_vehicle(self, state):
        odometry = Odometry(child_frame_id="base_link")
        self.head(odometry.header)
        pose, twist = odometry.pose.pose, odometry.twist.twist
        pose.position.x, pose.position.y, pose.position.z = state.x, state.y, state.z
        pose.orientation.z, pose.orientation.w = math.sin(state.yaw_rad / 2), math.cos(state.yaw_rad / 2)
        twist.linear.x, twist.angular.z = state.speed_mps, state.yaw_rate_radps
        self.odometry.publish(odometry)
        acceleration = AccelWithCovarianceStamped()
        self.head(acceleration.header, "base_link")
        acceleration.accel.accel.linear.x = state.acceleration_mps2
        self.acceleration.publish(acceleration)
        velocity = VelocityReport(longitudinal_velocity=state.speed_mps, heading_rate=state.yaw_rate_radps)
        self.head(velocity.header, "base_link")
        self.velocity.publish(velocity)
        steering = SteeringReport(steering_tire_angle=state.steering_rad)
        self.now(steering.stamp)
        self.steering.publish(steering)

    def publish_objects(self, state):
        objects = DetectedObjects()
        self.head(objects.header)
        for o in state.objects:
            item = DetectedObject(existence_probability=1.0)
            pose = item.kinematics.pose_with_covariance.pose
            pose.position.x, pose.position.y = o.x, o.y
            pose.orientation.z, pose.orientation.w = math.sin(o.yaw_rad / 2), math.cos(o.yaw_rad / 2)
            item.kinematics.orientation_availability = DetectedObjectKinematics.AVAILABLE
            item.kinematics.has_twist = True
            item.kinematics.twist_with_covariance.twist.linear.x = o.speed_mps
            item.shape.type = Shape.BOUNDING_BOX
            item.shape.dimensions.x, item.shape.dimensions.y, item.shape.dimensions.z = o.length_m, o.width_m, 1.6
            objects.objects.append(item)
        self.objects.publish(objects)

    def publish_signals(self, state):
        lights = TrafficLightGroupArray()
        self.now(lights.stamp)
        for signal in state.signals:
            group = TrafficLightGroup(traffic_light_group_id=signal.group)
            if signal.state in LIGHTS:
                colour, status = LIGHTS[signal.state]
                group.elements.append(TrafficLightElement(color=colour, shape=TrafficLightElement.CIRCLE, status=status,
                                                          confidence=1.0))
            lights.traffic_light_groups.append(group)
        self.signals.publish(lights)

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
