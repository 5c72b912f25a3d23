#include "wire/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>

namespace vc::wire {
namespace {

std::string written(std::string_view value) {
  std::string out;
  JsonWriter(out).text(value);
  return out;
}

// Plain text is copied eight bytes at a time: every byte at every place of such a group, and in
// what is left over.
TEST(JsonWriter, WritesEveryCharacterSoThatAParserReadsItBack) {
  constexpr std::size_t kLongest = 19;
  for (int c = 0; c < 0x80; ++c) {
    for (std::size_t place = 0; place < kLongest; ++place) {
      std::string value(kLongest, '~');
      value[place] = static_cast<char>(c);
      EXPECT_EQ(boost::json::parse(written(value)).as_string(), value) << c << " at " << place;
    }
  }
  for (std::size_t size = 0; size < kLongest; ++size) {
    const std::string value(size, ' ');
    EXPECT_EQ(written(value), '"' + value + '"');
  }
}

TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(written("12345678\xc3\xa9"
                    "12345678"),
            "\"12345678\xc3\xa9"
            "12345678\"");
  for (int c = 0x80; c < 0x100; ++c) {
    const std::string value = "1234567" + std::string(1, static_cast<char>(c)) + "12345678";
    EXPECT_EQ(written(value),
              "\"1234567\xef\xbf\xbd"
              "12345678\"")
        << c;
  }
  EXPECT_EQ(written("\xc3"), "\"\xef\xbf\xbd\"") << "cut off";
}

}  // namespace
}  // namespace vc::wire
