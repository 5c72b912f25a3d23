#include "agent/selection/filter.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/selection/directory_pattern.hpp"
#include "agent/selection/name_pattern.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace vc::agent {
namespace {

// The parts of a filter as one line: easier to compare than a struct.
std::string parts(std::string_view text) {
  const auto filter = parse_filter(text);
  if (!filter) {
    return "error: " + filter.error().message;
  }
  std::string out;
  out += filter->is_exclusion ? "not " : "";
  out += filter->adds_dependents ? "dependents " : "";
  out += filter->adds_dependencies ? "dependencies " : "";
  out += filter->leaves_itself_out ? "others " : "";
  out += "name=" + filter->name;
  out += filter->directory ? " in=" + *filter->directory : "";
  if (filter->changes) {
    out += fmt::format(" {}={}..{}", filter->counts_dependencies_changes ? "tree" : "changed",
                       filter->changes->from, filter->changes->to);
  }
  return out;
}

TEST(Filter, HasTheGrammarOfTurborepo) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"web", "name=web"},
           {"@acme/*", "name=@acme/*"},
           {"*ui*", "name=*ui*"},
           {"web...", "dependencies name=web"},
           {"...web", "dependents name=web"},
           {"...web...", "dependents dependencies name=web"},
           {"web^...", "dependencies others name=web"},
           {"...^web", "dependents others name=web"},
           {"!web", "not name=web"},
           {"!...web", "not dependents name=web"},
           {".", "name= in=."},
           {"./apps", "name= in=./apps"},
           {"./apps/**", "name= in=./apps/**"},
           {"../x...", "dependencies name= in=../x"},
           {"{./apps/*}", "name= in=./apps/*"},
           {"{apps/{web,docs}}", "name= in=apps/{web,docs}"},
           {"...{./apps/*}...", "dependents dependencies name= in=./apps/*"},
           {"@acme/*{./apps/*}", "name=@acme/* in=./apps/*"},
           {"[main]", "name= changed=main.."},
           {"[a...b]", "name= changed=a..b"},
           {"[main]...", "dependencies name= changed=main.."},
           {"...[main]", "dependents name= changed=main.."},
           {"...^[main]", "dependents others name= changed=main.."},
           {"...[a...b]...", "dependents dependencies name= changed=a..b"},
           {"web[main]", "name=web changed=main.."},
           {"web...[main]", "name=web tree=main.."},
           {"web...[main]...", "dependencies name=web tree=main.."},
           {"{./apps/*}...[main]", "name= in=./apps/* tree=main.."},
           {"web{./apps/*}[HEAD^1]", "name=web in=./apps/* changed=HEAD^1.."},
           {"...web.js", "dependents name=web.js"},
       }) {
    EXPECT_EQ(parts(text), expected) << text;
  }
}

TEST(Filter, MistakesAreShownWhereTheyAre) {
  struct Case {
    std::string_view text;
    int column;
    std::string_view named;
  };

  for (const Case& c : std::vector<Case>{{"", 1, "nothing"},
                                         {"!", 1, "nothing"},
                                         {"...", 1, "nothing"},
                                         {"......[main]", 4, "name or a folder"},
                                         {"{}", 1, "no folder"},
                                         {"{./apps", 1, "never closed"},
                                         {"web[main", 4, "never closed"},
                                         {"web[]", 4, "no revision"},
                                         {"[...b]", 2, "either side"},
                                         {"[a...]", 2, "either side"},
                                         {"[a..b]", 2, "no revision"},
                                         {"[--all]", 2, "\"-\""},
                                         {"[a...-x]", 6, "\"-\""},
                                         {"[a]x", 4, "end here"},
                                         {"{./a}x", 6, "end here"},
                                         {"w^eb", 2, "^"},
                                         {"web}", 4, "closes nothing"},
                                         {"web,docs", 4, "comma"},
                                         {"tag:ci", 1, "tags"},
                                         {"ü^b", 2, "^"},
                                         {"a\x01", 2, "control"}}) {
    const auto filter = parse_filter(c.text);
    ASSERT_FALSE(filter.has_value()) << c.text;
    EXPECT_EQ(filter.error().code, codes::kBadFilter);
    EXPECT_EQ(filter.error().at.column, c.column) << c.text;
    EXPECT_TRUE(filter.error().message.contains(c.named)) << c.text << filter.error().message;
  }
}

TEST(Filter, IsAsLongAsTheLimitAndNoLonger) {
  EXPECT_TRUE(parse_filter(std::string(kFilterBytesMax, 'a')).has_value());
  EXPECT_FALSE(parse_filter(std::string(kFilterBytesMax + 1, 'a')).has_value());
}

TEST(NamePattern, StarsCrossSlashes) {
  for (const auto& [pattern, name, matches] :
       std::vector<std::tuple<std::string_view, std::string_view, bool>>{
           {"web", "web", true},
           {"web", "webs", false},
           {"*", "@acme/ui", true},
           {"*ui", "@acme/ui", true},
           {"@acme/*", "@acme/", true},
           {"@*/ui", "@acme/ui", true},
           {"@*/ui", "@acme/uis", false},
           {"*a*a", "banana", true},
           {"*a*b", "banana", false},
           {"w.b", "web", false},
           {"**", "", true},
           {"a*", "", false}}) {
    EXPECT_EQ(name_matches(pattern, name), matches) << pattern << ' ' << name;
  }
}

bool in_folder(std::string_view pattern, std::string_view base, std::string_view directory) {
  const auto compiled = DirectoryPattern::create(pattern, base);
  return compiled && compiled->matches(directory);
}

TEST(DirectoryPattern, ALiteralFolderIsThatFolderAlone) {
  EXPECT_TRUE(in_folder("./apps/web", "", "apps/web"));
  EXPECT_TRUE(in_folder("./apps/web/", "", "apps/web"));
  EXPECT_FALSE(in_folder("./apps", "", "apps/web"));
  EXPECT_FALSE(in_folder("./apps/web", "", "apps/web/inner"));
  EXPECT_TRUE(in_folder("./apps/*", "", "apps/web"));
  EXPECT_FALSE(in_folder("./apps/*", "", "apps/web/inner"));
  EXPECT_TRUE(in_folder("./apps/**", "", "apps/web/inner"));
  EXPECT_TRUE(in_folder("**/web", "", "apps/web"));
  EXPECT_TRUE(in_folder("**/web", "", "web"));
  EXPECT_FALSE(in_folder("**/web", "", "web/inner"));
  EXPECT_TRUE(in_folder("./apps/{web,docs}", "", "apps/docs"));
  EXPECT_FALSE(in_folder("./apps/{web,docs}", "", "apps/docs/inner"));
  EXPECT_TRUE(in_folder(".", "", ""));
}

TEST(DirectoryPattern, CountsFromWhereTheUserStands) {
  EXPECT_TRUE(in_folder("./web", "apps", "apps/web"));
  EXPECT_TRUE(in_folder("../libs/a", "apps", "libs/a"));
  EXPECT_TRUE(in_folder(".", "apps/web", "apps/web"));
  EXPECT_FALSE(DirectoryPattern::create("../..", "apps").has_value());
  EXPECT_FALSE(DirectoryPattern::create("*/..", "").has_value());
  EXPECT_FALSE(DirectoryPattern::create("/apps", "").has_value());
  EXPECT_FALSE(DirectoryPattern::create("a[", "").has_value());
}

}  // namespace
}  // namespace vc::agent
