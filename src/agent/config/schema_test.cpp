// The schema that editors use says what the reader of velocity.yml does.

#include "agent/config/remote_reader.hpp"
#include "agent/config/root_keys.hpp"
#include "agent/config/task_reader.hpp"
#include "agent/diagnostic_codes.hpp"
#include "core/files.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {
namespace {

namespace json = boost::json;

std::string source_file(std::string_view path) {
  const auto text = read_file(fs::path(VC_SOURCE_DIR) / path);
  EXPECT_TRUE(text) << path;
  return text.value_or("");
}

std::vector<std::string> sorted(std::span<const std::string_view> words) {
  std::vector<std::string> result(words.begin(), words.end());
  std::ranges::sort(result);
  return result;
}

std::vector<std::string> properties_of(const json::value& schema) {
  std::vector<std::string> names;
  for (const auto& [name, property] : schema.at("properties").as_object()) {
    names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

TEST(Schema, KnowsTheKeysTheReaderKnows) {
  const json::value schema = json::parse(source_file("docs/schema/velocity.schema.json"));
  EXPECT_EQ(properties_of(schema), sorted(root_keys()));
  EXPECT_EQ(properties_of(schema.at("properties").at("remote")), sorted(remote_keys()));
  EXPECT_EQ(properties_of(schema.at("definitions").at("task")), sorted(task_keys()));
}

TEST(Schema, RefusesUnknownKeysAsTheReaderDoes) {
  const json::value schema = json::parse(source_file("docs/schema/velocity.schema.json"));
  EXPECT_FALSE(schema.at("additionalProperties").as_bool());
  EXPECT_FALSE(schema.at("properties").at("remote").at("additionalProperties").as_bool());
  EXPECT_FALSE(schema.at("definitions").at("task").at("additionalProperties").as_bool());
}

TEST(Documentation, DescribesEveryKey) {
  const std::string text = source_file("docs/velocity-yml.md");
  for (const auto& keys : {root_keys(), remote_keys(), task_keys()}) {
    for (const std::string_view key : keys) {
      EXPECT_TRUE(text.contains("| `" + std::string(key) + "` |")) << key;
    }
  }
}

TEST(Documentation, ExplainsEveryErrorCode) {
  const std::string header = source_file("src/agent/diagnostic_codes.hpp");
  const std::string text = source_file("docs/errors.md");
  int codes = 0;
  for (std::size_t at = 0; (at = header.find(" = ", at)) != std::string::npos; at += 3) {
    const std::string code = header.substr(at + 3, header.find(';', at) - at - 3);
    EXPECT_TRUE(text.contains("| VC0" + code + " |")) << code;
    ++codes;
  }
  EXPECT_GT(codes, 30);
}

}  // namespace
}  // namespace vc::agent
