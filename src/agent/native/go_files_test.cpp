#include "agent/native/go_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string go_error(std::string_view text) {
  const auto file = parse_go_file(text, "lib/go.mod");
  return file ? "" : render(file.error());
}

TEST(GoFiles, AModuleSaysItsPathAndWhatItRequires) {
  const auto file = parse_go_file(R"(// A comment
module example.com/a // and one more

go 1.22
toolchain go1.22.1

require example.com/b v1.0.0
require (
	example.com/c v1.2.3 // indirect

	"example.com/d" v0.0.0-20200101000000-abcdefabcdef
)
replace example.com/c v1.2.3 => ../c
replace (
	example.com/d => `../d`
)
exclude example.com/b v0.9.0
retract [v1.0.0, v1.1.0]
)",
                                  "go.mod");
  ASSERT_TRUE(file) << render(file.error());
  EXPECT_EQ(file->module, "example.com/a");
  EXPECT_THAT(file->requirements, ElementsAre("example.com/b", "example.com/c", "example.com/d"));
  ASSERT_EQ(file->replacements.size(), 2U);
  EXPECT_EQ(file->replacements[0].by, "../c");
  EXPECT_EQ(file->replacements[1].by, "../d");
}

TEST(GoFiles, AWorkspaceUsesFoldersInBothForms) {
  const auto file = parse_go_file(
      "go 1.22\r\nuse ./a\r\nuse (\r\n\t./b\r\n\t\"./c d\" // why\r\n)\r\n", "go.work");
  ASSERT_TRUE(file) << render(file.error());
  ASSERT_EQ(file->uses.size(), 3U);
  EXPECT_EQ(file->uses[0].path, "./a");
  EXPECT_EQ(file->uses[1].path, "./b");
  EXPECT_EQ(file->uses[1].at.line, 4);
  EXPECT_EQ(file->uses[1].at.column, 2);
  EXPECT_EQ(file->uses[2].path, "./c d");
}

TEST(GoFiles, MistakesHaveTheirPlace) {
  EXPECT_THAT(go_error("module a\nrequire (\n\tb v1\n"), HasSubstr("lib/go.mod:2:1: error"));
  EXPECT_THAT(go_error("module a\nrequire (\n\tb v1\n"), HasSubstr("is not closed"));
  EXPECT_THAT(go_error("module \"a\n"), HasSubstr("quoted text is not closed"));
  EXPECT_THAT(go_error("module\n"), HasSubstr("\"module\" of nothing"));
  EXPECT_THAT(go_error("module \"\"\n"), HasSubstr("\"module\" of nothing"));
  EXPECT_THAT(go_error("module a#b\n"), HasSubstr("blank or \"#\""));
  EXPECT_THAT(go_error("replace a ../b\n"), HasSubstr("module => other"));
  EXPECT_THAT(go_error("replace a =>\n"), HasSubstr("module => other"));
  EXPECT_THAT(go_error("use ( ./a\n"), HasSubstr("nothing may follow"));
}

TEST(GoFiles, DirectivesOfVersionsToComeArePassedOver) {
  EXPECT_EQ(go_error("module a\ngodebug default=go1.21\ntool example.com/x\nignore (\n./y\n)\n"),
            "");
}

}  // namespace
}  // namespace vc::agent
