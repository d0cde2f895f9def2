#include "viewer/camera_texture.h"

#include <osg/GL>
#include <osgDB/Registry>
#include <sstream>

#include "viewer/screenshot.h"

namespace bitgoeul::viewer {

namespace {

constexpr std::uint64_t kMostPixels = 64u << 20;

std::optional<Image> decode_file(const std::string& bytes, const std::string& ending) {
  osgDB::ReaderWriter* reader = osgDB::Registry::instance()->getReaderWriterForExtension(ending);
  if (!reader) return std::nullopt;
  std::istringstream in(bytes);
  osgDB::ReaderWriter::ReadResult result = reader->readImage(in);
  const osg::ref_ptr<osg::Image> image = result.getImage();
  if (!image) return std::nullopt;
  auto read = from_osg(*image);
  if (!read) return std::nullopt;
  return std::move(*read);
}

// Where red, green and blue stand in a pixel of `size` bytes.
struct Layout {
  std::string_view encoding;
  std::uint32_t size, red, green, blue;
};
constexpr Layout kLayouts[] = {
    {"rgb8", 3, 0, 1, 2}, {"bgr8", 3, 2, 1, 0}, {"rgba8", 4, 0, 1, 2}, {"bgra8", 4, 2, 1, 0}, {"mono8", 1, 0, 0, 0}};

std::optional<Image> decode_pixels(const replay::Image& p) {
  for (const Layout& layout : kLayouts) {
    if (p.encoding != layout.encoding) continue;
    const std::uint64_t row = p.step > 0 ? p.step : std::uint64_t{p.width} * layout.size;
    if (p.width == 0 || p.height == 0 || std::uint64_t{p.width} * p.height > kMostPixels ||
        row < std::uint64_t{p.width} * layout.size || row * p.height > p.data.size())
      return std::nullopt;
    Image image{static_cast<int>(p.width), static_cast<int>(p.height), {}};
    image.rgb.reserve(std::size_t{3} * p.width * p.height);
    for (std::uint32_t y = 0; y < p.height; ++y)
      for (std::uint32_t x = 0; x < p.width; ++x)
        for (const std::uint32_t channel : {layout.red, layout.green, layout.blue})
          image.rgb.push_back(static_cast<std::uint8_t>(p.data[y * row + x * layout.size + channel]));
    return image;
  }
  return std::nullopt;
}

void upload(const Image& image, unsigned& texture) {
  if (texture == 0) glGenTextures(1, &texture);
  GLint before = 0;
  glGetIntegerv(GL_TEXTURE_BINDING_2D, &before);
  glBindTexture(GL_TEXTURE_2D, texture);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB, image.width, image.height, 0, GL_RGB, GL_UNSIGNED_BYTE, image.rgb.data());
  glBindTexture(GL_TEXTURE_2D, static_cast<unsigned>(before));
}

}  // namespace

std::optional<Image> decode_picture(const replay::Image& p) {
  if (p.encoding.find("png") != std::string::npos) return decode_file(p.data, "png");
  if (p.encoding.find("jpeg") != std::string::npos || p.encoding.find("jpg") != std::string::npos)
    return decode_file(p.data, "jpg");
  return decode_pixels(p);
}

std::vector<ShownPicture> CameraTextures::show(const std::vector<std::shared_ptr<const CameraPicture>>& pictures) {
  std::vector<ShownPicture> shown;
  for (const auto& picture : pictures) {
    Held& held = held_[picture->name];
    if (held.of != picture) {
      held.of = picture;
      held.shown.name = picture->name;
      held.shown.width = held.shown.height = 0;
      if (const auto image = decode_picture(picture->image)) {
        upload(*image, held.shown.texture);
        held.shown.width = image->width, held.shown.height = image->height;
      }
    }
    shown.push_back(held.shown);
  }
  return shown;
}

}  // namespace bitgoeul::viewer
