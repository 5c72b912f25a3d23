#include "agent/prune/cargo_workspace.hpp"
#include "agent/prune/go_work.hpp"
#include "agent/prune/maven_modules.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

std::string told(const Result<std::string>& result) {
  return result ? *result : "error: " + result.error().message;
}

TEST(PrunedCargoManifestTest, HasTheMembersThatStay) {
  EXPECT_EQ(told(prune_cargo_manifest(
                "# é\n[workspace]\nmembers = [\n  \"crates/*\", # ]\n  'x]',\n]\n"
                "default-members = [\"crates/a\", \"crates/c\"]\nresolver = \"2\"\n",
                {"crates/a", "crates/b"})),
            "# é\n[workspace]\nmembers = [\"crates/a\", \"crates/b\"]\n"
            "default-members = [\"crates/a\"]\nresolver = \"2\"\n");
  EXPECT_EQ(
      told(prune_cargo_manifest("workspace = { 'é' = 1, members = [\"a\", \"b\"] }\n", {"b"})),
      "workspace = { 'é' = 1, members = [\"b\"] }\n");
  EXPECT_EQ(
      told(prune_cargo_manifest("[workspace]\nmembers=[\"a\"]\ndefault-members=[\"x*\"]\n", {"a"})),
      "[workspace]\nmembers=[\"a\"]\ndefault-members=[\"a\"]\n");
}

TEST(PrunedCargoManifestTest, WithoutMembersIsAsItIs) {
  EXPECT_EQ(told(prune_cargo_manifest("[workspace]\n", {"a"})), "[workspace]\n");
  EXPECT_EQ(told(prune_cargo_manifest("[package]\nname = \"a\"\n", {})),
            "[package]\nname = \"a\"\n");
}

TEST(PrunedCargoManifestTest, OtherThingsAreErrors) {
  EXPECT_TRUE(told(prune_cargo_manifest("[", {"a"})).starts_with("error: "));
  EXPECT_TRUE(
      told(prune_cargo_manifest("[workspace]\nmembers = 1\n", {"a"})).starts_with("error: "));
  EXPECT_TRUE(
      told(prune_cargo_manifest("[workspace]\nmembers = []\n", {"a\"b"})).starts_with("error: "));
}

constexpr std::string_view kLockHead = "# By Cargo.\nversion = 4\n";

std::string crate(std::string_view name, std::string_view version, std::string_view source,
                  std::string_view dependencies) {
  std::string text = "\n[[package]]\nname = \"" + std::string(name) + "\"\nversion = \"" +
                     std::string(version) + "\"\n";
  text += source.empty() ? "" : "source = \"" + std::string(source) + "\"\n";
  text += dependencies.empty() ? "" : "dependencies = [\n" + std::string(dependencies) + "]\n";
  return text;
}

TEST(PrunedCargoLockTest, StaysWhatTheCratesLeadTo) {
  const std::string a =
      crate("a", "0.1.0", "", " \"b\",\n \"y 2.0.0\",\n \"g 1.0.0 (git+https://x/g)\",\n");
  const std::string b = crate("b", "0.1.0", "", "");
  const std::string c = crate("c", "0.1.0", "", " \"x\",\n");
  const std::string git = crate("g", "1.0.0", "git+https://x/g#abc", "");
  const std::string git2 = crate("g", "1.0.0", "registry+r", "");
  const std::string x = crate("x", "1.0.0", "registry+r", " \"y 1.0.0\",\n");
  const std::string y1 = crate("y", "1.0.0", "registry+r", "");
  const std::string y2 = crate("y", "2.0.0", "registry+r", "");
  const std::string head(kLockHead);
  const std::string whole = head + a + b + c + git + git2 + x + y1 + y2;
  const std::string short_a = crate("a", "0.1.0", "", " \"b\",\n \"y\",\n \"g\",\n");
  const std::string short_x = crate("x", "1.0.0", "registry+r", " \"y\",\n");
  const std::string of_a = head + short_a + b + git + y2;
  EXPECT_EQ(told(prune_cargo_lock(whole, {"a", "b"}, {"c"})), of_a);
  EXPECT_EQ(told(prune_cargo_lock(of_a, {"a", "b"}, {})), of_a);
  EXPECT_EQ(told(prune_cargo_lock(whole, {"c"}, {"a", "b"})), head + c + short_x + y1);
  const std::string all = head + crate("a", "0.1.0", "", " \"b\",\n \"y 2.0.0\",\n \"g\",\n") + b +
                          c + git + x + y1 + y2;
  EXPECT_EQ(told(prune_cargo_lock(whole, {"a", "b", "c"}, {})), all);
  EXPECT_TRUE(told(prune_cargo_lock(whole, {"a"}, {"b", "c"})).contains("does not say everything"));
  EXPECT_EQ(told(prune_cargo_lock(whole, {"x"}, {})), "error: it does not know x")
      << "not of the workspace";
  EXPECT_TRUE(told(prune_cargo_lock(head + a, {"a"}, {})).contains("does not say everything"));
}

TEST(PrunedCargoLockTest, ListsOfOtherThingsStayAsTheyAre) {
  std::string odd = crate("a", "1.0.0", "", " \"b\",\n");
  odd.replace(odd.find("dependencies"), 12, "dependants");
  const std::string head(kLockHead);
  EXPECT_EQ(told(prune_cargo_lock(head + odd + crate("b", "1.0.0", "", ""), {"a"}, {"b"})),
            head + odd);
}

TEST(PrunedCargoLockTest, OtherFormatsAreErrors) {
  for (const std::string_view text :
       {"", "[", "version = 4\n", "package = 1\n", "package = [{name = \"a\"}]\n",
        "[[package]]\nname = \"a\"\n[metadata]\nx = 1\n"}) {
    EXPECT_TRUE(told(prune_cargo_lock(text, {"a"}, {})).starts_with("error: ")) << text;
  }
}

TEST(PrunedGoWorkTest, HasTheModulesThatStay) {
  EXPECT_EQ(told(prune_go_work(
                "go 1.22\n\nuse ./a // first\nuse (\n\t./b\n\t\"./c\"\n)\nreplace x => ./x\n",
                {"a", "c"})),
            "go 1.22\n\nuse ./a // first\nuse (\n\t\"./c\"\n)\nreplace x => ./x\n");
  EXPECT_EQ(told(prune_go_work("use ./a", {})), "");
  EXPECT_TRUE(told(prune_go_work("use (\n", {})).starts_with("error: "));
}

TEST(PrunedMavenModulesTest, HasTheModulesThatAreThere) {
  EXPECT_EQ(told(prune_maven_modules(
                "<project><modules><module>a</module>\n  <module>../b</module></modules></project>",
                "in", {"b"})),
            "<project><modules><module>a</module>\n  </modules></project>");
  EXPECT_EQ(told(prune_maven_modules(
                "<project><modules><module>a/pom.xml</module></modules></project>", "", {"a"})),
            "<project><modules></modules></project>");
  EXPECT_EQ(told(prune_maven_modules("<project/>", "", {"a"})), "<project/>");
  EXPECT_TRUE(told(prune_maven_modules("<project>", "", {"a"})).starts_with("error: "));
}

}  // namespace
}  // namespace vc::agent
