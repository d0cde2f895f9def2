// Definitions of well-known ROS types, for rosbag2 files that hold none (sqlite3 before ROS 2 Iron).
#include "replay/import/decoder.h"

namespace bitgoeul::replay::import {

namespace {

constexpr std::string_view kTypes = R"(
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
MSG: std_msgs/String
string data
MSG: std_msgs/Bool
bool data
MSG: std_msgs/Int32
int32 data
MSG: std_msgs/Float64
float64 data
MSG: geometry_msgs/Vector3
float64 x
float64 y
float64 z
MSG: geometry_msgs/Point
float64 x
float64 y
float64 z
MSG: geometry_msgs/Quaternion
float64 x
float64 y
float64 z
float64 w
MSG: geometry_msgs/Pose
Point position
Quaternion orientation
MSG: geometry_msgs/PoseStamped
std_msgs/Header header
Pose pose
MSG: geometry_msgs/PoseWithCovariance
Pose pose
float64[36] covariance
MSG: geometry_msgs/PoseWithCovarianceStamped
std_msgs/Header header
PoseWithCovariance pose
MSG: geometry_msgs/Twist
Vector3 linear
Vector3 angular
MSG: geometry_msgs/TwistStamped
std_msgs/Header header
Twist twist
MSG: geometry_msgs/TwistWithCovariance
Twist twist
float64[36] covariance
MSG: geometry_msgs/Transform
Vector3 translation
Quaternion rotation
MSG: geometry_msgs/TransformStamped
std_msgs/Header header
string child_frame_id
Transform transform
MSG: tf2_msgs/TFMessage
geometry_msgs/TransformStamped[] transforms
MSG: nav_msgs/Odometry
std_msgs/Header header
string child_frame_id
geometry_msgs/PoseWithCovariance pose
geometry_msgs/TwistWithCovariance twist
MSG: sensor_msgs/PointField
string name
uint32 offset
uint8 datatype
uint32 count
MSG: sensor_msgs/PointCloud2
std_msgs/Header header
uint32 height
uint32 width
PointField[] fields
bool is_bigendian
uint32 point_step
uint32 row_step
uint8[] data
bool is_dense
MSG: sensor_msgs/NavSatStatus
int8 status
uint16 service
MSG: sensor_msgs/NavSatFix
std_msgs/Header header
NavSatStatus status
float64 latitude
float64 longitude
float64 altitude
float64[9] position_covariance
uint8 position_covariance_type
MSG: sensor_msgs/Imu
std_msgs/Header header
geometry_msgs/Quaternion orientation
float64[9] orientation_covariance
geometry_msgs/Vector3 angular_velocity
float64[9] angular_velocity_covariance
geometry_msgs/Vector3 linear_acceleration
float64[9] linear_acceleration_covariance
MSG: sensor_msgs/Image
std_msgs/Header header
uint32 height
uint32 width
string encoding
uint8 is_bigendian
uint32 step
uint8[] data
MSG: sensor_msgs/CompressedImage
std_msgs/Header header
string format
uint8[] data
MSG: rcl_interfaces/Log
builtin_interfaces/Time stamp
uint8 level
string name
string msg
string file
string function
uint32 line
)";

}  // namespace

std::string_view known_ros_types() { return kTypes; }

}  // namespace bitgoeul::replay::import
