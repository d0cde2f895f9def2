// Pictures of a log's cameras as textures for the panels: decoded (PNG, JPEG, raw pixels) and handed to the graphics
// card when they change. Damaged ones show nothing. The window's context owns the textures. Main thread, with the
// context current.
#pragma once

#include <map>
#include <optional>

#include "viewer/sensor_feed.h"
#include "viewer/state.h"
#include "viewer/window.h"

namespace bitgoeul::viewer {

std::optional<Image> decode_picture(const replay::Image& picture);

class CameraTextures {
 public:
  std::vector<ShownPicture> show(const std::vector<std::shared_ptr<const CameraPicture>>& pictures);

 private:
  struct Held {
    std::shared_ptr<const CameraPicture> of;
    ShownPicture shown;
  };
  std::map<std::string, Held> held_;
};

}  // namespace bitgoeul::viewer
