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

sim::Result<Image> read_image(const std::filesystem::path& file) {
  osg::ref_ptr<osg::Image> in = osgDB::readRefImageFile(file.string());
  if (!in || in->getDataType() != GL_UNSIGNED_BYTE ||
      (in->getPixelFormat() != GL_RGB && in->getPixelFormat() != GL_RGBA))
    return sim::fail("is not a picture that can be read", file.string());
  Image image{in->s(), in->t(), {}};
  const int channels = in->getPixelFormat() == GL_RGB ? 3 : 4;
  for (int y = in->t() - 1; y >= 0; --y)
    for (int x = 0; x < in->s(); ++x) {
      const unsigned char* p = in->data(static_cast<unsigned>(x), static_cast<unsigned>(y));
      image.rgb.insert(image.rgb.end(), p, p + std::min(channels, 3));
    }
  return image;
}

}  // namespace bitgoeul::viewer
