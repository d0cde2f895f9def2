"""Stand-ins for rclpy and the ROS 2 messages that assets/stacks/ros2/bridge.py uses, with the fields that common_interfaces
and autoware_msgs give them: another field is an AttributeError. Every publication is counted; spin_once() answers with a Control."""
import sys
import types

FIELDS = {
    "builtin_interfaces": {"Time": {"sec": 0, "nanosec": 0}},
    "rosgraph_msgs": {"Clock": {"clock": "Time"}},
    "std_msgs": {"Header": {"stamp": "Time", "frame_id": ""}},
    "geometry_msgs": {
        "Point": {"x": 0.0, "y": 0.0, "z": 0.0}, "Vector3": {"x": 0.0, "y": 0.0, "z": 0.0},
        "Quaternion": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0},
        "Pose": {"position": "Point", "orientation": "Quaternion"}, "Twist": {"linear": "Vector3", "angular": "Vector3"},
        "Accel": {"linear": "Vector3", "angular": "Vector3"}, "Polygon": {"points": []},
        "PoseWithCovariance": {"pose": "Pose", "covariance": []}, "TwistWithCovariance": {"twist": "Twist", "covariance": []},
        "AccelWithCovariance": {"accel": "Accel", "covariance": []},
        "AccelWithCovarianceStamped": {"header": "Header", "accel": "AccelWithCovariance"}},
    "nav_msgs": {"Odometry": {"header": "Header", "child_frame_id": "", "pose": "PoseWithCovariance",
                              "twist": "TwistWithCovariance"}},
    "autoware_control_msgs": {
        "Lateral": {"stamp": "Time", "control_time": "Time", "steering_tire_angle": 0.0, "steering_tire_rotation_rate": 0.0,
                    "is_defined_steering_tire_rotation_rate": False},
        "Longitudinal": {"stamp": "Time", "control_time": "Time", "velocity": 0.0, "acceleration": 0.0, "jerk": 0.0,
                         "is_defined_acceleration": False, "is_defined_jerk": False},
        "Control": {"stamp": "Time", "control_time": "Time", "lateral": "Lateral", "longitudinal": "Longitudinal"}},
    "autoware_vehicle_msgs": {
        "VelocityReport": {"header": "Header", "longitudinal_velocity": 0.0, "lateral_velocity": 0.0, "heading_rate": 0.0},
        "SteeringReport": {"stamp": "Time", "steering_tire_angle": 0.0}},
    "autoware_perception_msgs": {
        "Shape": {"type": 0, "footprint": "Polygon", "dimensions": "Vector3"},
        "DetectedObjectKinematics": {"pose_with_covariance": "PoseWithCovariance", "has_position_covariance": False,
                                     "orientation_availability": 0, "twist_with_covariance": "TwistWithCovariance",
                                     "has_twist": False, "has_twist_covariance": False},
        "DetectedObject": {"existence_probability": 0.0, "classification": [], "kinematics": "DetectedObjectKinematics",
                           "shape": "Shape"},
        "DetectedObjects": {"header": "Header", "objects": []},
        "TrafficLightElement": {"color": 0, "shape": 0, "status": 0, "confidence": 0.0},
        "TrafficLightGroup": {"traffic_light_group_id": 0, "elements": []},
        "TrafficLightGroupArray": {"stamp": "Time", "traffic_light_groups": []}},
}
CONSTANTS = {"Shape": {"BOUNDING_BOX": 0}, "DetectedObjectKinematics": {"AVAILABLE": 2},
             "TrafficLightElement": {"RED": 1, "AMBER": 2, "GREEN": 3, "CIRCLE": 5, "SOLID_ON": 14, "FLASHING": 15}}
TYPES = {}


def message(name, fields):
    def init(self, **given):
        for field, value in fields.items():
            made = TYPES[value]() if isinstance(value, str) and value in TYPES else list(value) if value == [] else value
            setattr(self, field, given.pop(field, made))
        if given:
            raise AttributeError(f"{name} has no field {sorted(given)}")
    return type(name, (), {"__slots__": tuple(fields), "__init__": init, **CONSTANTS.get(name, {})})


class Node:
    published = {}
    answer = None

    def create_publisher(self, kind, topic, depth):
        return types.SimpleNamespace(publish=lambda m: self.publish(kind, topic, m))

    def publish(self, kind, topic, m):
        assert type(m) is kind, topic
        Node.published[topic] = Node.published.get(topic, 0) + 1
        if topic == "/clock":
            self.time = m.clock

    def create_subscription(self, kind, topic, take, depth):
        Node.answer = lambda: take(kind(stamp=self.time, longitudinal=TYPES["Longitudinal"](acceleration=0.3)))


def install():
    for package, messages in FIELDS.items():
        for name, fields in messages.items():
            TYPES[name] = message(name, fields)
        module = types.ModuleType(package + ".msg")
        vars(module).update({name: TYPES[name] for name in messages})
        sys.modules[package], sys.modules[package + ".msg"] = types.ModuleType(package), module
    rclpy = types.ModuleType("rclpy")
    rclpy.init = lambda: None
    rclpy.create_node = lambda name: Node()
    rclpy.spin_once = lambda node, timeout_sec: Node.answer()
    sys.modules["rclpy"] = rclpy


if __name__ == "__main__":  # ros_doubles.py BRIDGE: runs it on these
    import runpy
    install()
    runpy.run_path(sys.argv[1], run_name="__main__")
    print(sorted(Node.published.items()))
