#include "viewer/screenshot.h"

#include <cstring>
#include <osg/Image>
#include <osgDB/ReadFile>
#include <osgDB/WriteFile>

namespace bitgoeul::viewer {

sim::Result<void> write_image(const Image& image, const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  if (ending != ".png" && ending != ".jpg" && ending != ".jpeg")
    return sim::fail("a picture's name ends in .png or .jpg", file.string());
  osg::ref_ptr<osg::Image> out = new osg::Image;
  out->allocateImage(image.width, image.height, 1, GL_RGB, GL_UNSIGNED_BYTE);
  const std::size_t row = static_cast<std::size_t>(image.width) * 3;
  for (int y = 0; y < image.height; ++y)  // the library counts rows from below
    std::memcpy(out->data(0, static_cast<unsigned>(image.height - 1 - y)),
                image.rgb.data() + static_cast<std::size_t>(y) * row, row);
  const std::filesystem::path fresh = file.parent_path() / (".new-" + file.filename().string());
  osg::ref_ptr<osgDB::Options> options = new osgDB::Options("JPEG_QUALITY 88");
  std::error_code error;
  if (!osgDB::writeImageFile(*out, fresh.string(), options)) {
    std::filesystem::remove(fresh, error);
    return sim::fail("cannot write the picture", file.string(), 0, {}, "does the directory exist, and is there room?");
  }
  std::filesystem::rename(fresh, file, error);
  if (error) return sim::fail("cannot write the picture: " + error.message(), file.string());
  return {};
}

std::optional<Image> from_osg(const osg::Image& in) {
  const GLenum format = in.getPixelFormat();
  const bool grey = format == GL_LUMINANCE || format == GL_LUMINANCE_ALPHA;
  if (in.getDataType() != GL_UNSIGNED_BYTE || (format != GL_RGB && format != GL_RGBA && !grey)) return std::nullopt;
  Image image{in.s(), in.t(), {}};
  for (int y = in.t() - 1; y >= 0; --y)
    for (int x = 0; x < in.s(); ++x) {
      const unsigned char* p = in.data(static_cast<unsigned>(x), static_cast<unsigned>(y));
      for (int channel = 0; channel < 3; ++channel) image.rgb.push_back(p[grey ? 0 : channel]);
    }
  return image;
}

sim::Result<Image> read_image(const std::filesystem::path& file) {
  osg::ref_ptr<osg::Image> in = osgDB::readRefImageFile(file.string());
  auto image = in ? from_osg(*in) : std::nullopt;
  if (!image) return sim::fail("is not a picture that can be read", file.string());
  return std::move(*image);
}

}  // namespace bitgoeul::viewer
