#include "agent/verify/output_comparison.hpp"

#include "core/digest.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

OutputEntry file_entry(std::string path, std::string_view content, bool executable = false) {
  return {.path = std::move(path),
          .kind = EntryKind::file,
          .executable = executable,
          .size_bytes = content.size(),
          .digest = sha256(content),
          .target = {}};
}

OutputEntry link_entry(std::string path, std::string target) {
  OutputEntry entry;
  entry.path = std::move(path);
  entry.kind = EntryKind::symlink;
  entry.target = std::move(target);
  return entry;
}

// "changed a.js: content, 1 bytes (cached: 3)"
std::vector<std::string> differences(const std::vector<OutputEntry>& cached,
                                     const std::vector<OutputEntry>& made) {
  std::vector<std::string> out;
  for (const OutputDifference& found : compare_outputs(cached, made).differences) {
    out.push_back(fmt::format("{} {}{}{}", name_of(found.kind), found.path,
                              found.detail.empty() ? "" : ": ", found.detail));
  }
  return out;
}

TEST(CompareOutputs, FindsNothingInEqualResults) {
  const std::vector<OutputEntry> result{file_entry("a", "1"), link_entry("b", "a")};
  EXPECT_THAT(differences(result, result), IsEmpty());
  EXPECT_THAT(differences({}, {}), IsEmpty());
}

TEST(CompareOutputs, NamesEveryWayToDiffer) {
  EXPECT_THAT(differences({file_entry("a", "one")}, {file_entry("a", "two")}),
              ElementsAre("changed a: content, 3 bytes in both"));
  EXPECT_THAT(differences({file_entry("a", "one")}, {file_entry("a", "three")}),
              ElementsAre("changed a: content, 5 bytes (cached: 3)"));
  EXPECT_THAT(differences({file_entry("a", "one")}, {file_entry("a", "one", true)}),
              ElementsAre("changed a: executable (cached: not executable)"));
  EXPECT_THAT(differences({file_entry("a", "one", true)}, {file_entry("a", "on")}),
              ElementsAre("changed a: content, 2 bytes (cached: 3); "
                          "not executable (cached: executable)"));
  EXPECT_THAT(differences({link_entry("a", "x")}, {link_entry("a", "y\n")}),
              ElementsAre("changed a: link to y\\x0a (cached: to x)"));
  EXPECT_THAT(differences({file_entry("a", "one")}, {link_entry("a", "one")}),
              ElementsAre("changed a: a link (cached: a file)"));
}

TEST(CompareOutputs, TellsMissingFromExtraAtEveryPlace) {
  const auto a = file_entry("a", "");
  const auto b = file_entry("b", "");
  const auto c = file_entry("c", "");
  EXPECT_THAT(differences({a, b, c}, {b}), ElementsAre("missing a", "missing c"));
  EXPECT_THAT(differences({b}, {a, b, c}), ElementsAre("extra a", "extra c"));
  EXPECT_THAT(differences({a, c}, {b}), ElementsAre("missing a", "extra b", "missing c"));
}

TEST(CompareOutputs, CountsWhatItDoesNotName) {
  std::vector<OutputEntry> made;
  for (std::size_t i = 0; i < kOutputDifferencesMax; ++i) {
    made.push_back(file_entry(fmt::format("{:03}", i), ""));
  }
  EXPECT_EQ(compare_outputs({}, made).differences.size(), kOutputDifferencesMax);
  made.push_back(file_entry("one more", ""));
  const OutputComparison found = compare_outputs({}, made);
  EXPECT_EQ(found.differences.size(), kOutputDifferencesMax);
  EXPECT_EQ(found.total, kOutputDifferencesMax + 1);
}

}  // namespace
}  // namespace vc::agent
