// What yarn 1 makes of a manifest; the real one is compared in tests/e2e/test_scripts.py.

#include "agent/scripts/yarn_manifest.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

// A folder with nothing but a manifest.
class YarnManifest : public testing::Test {
 protected:
  Result<YarnPackage> read(const std::string& fields) const {
    return read_yarn_package(
        R"({"name": "a", "version": "1.0.0")" + (fields.empty() ? "" : ", " + fields) + "}",
        folder_.path());
  }

  std::string variable(const std::string& fields, const std::string& name) const {
    const auto package = read(fields);
    if (!package) {
      return "error: " + package.error().message;
    }
    const auto found = package->variables.find("npm_package_" + name);
    return found == package->variables.end() ? "none" : found->second;
  }

  void write(const char* name, std::string_view text) const {
    ASSERT_TRUE(write_file_atomically(folder_.path() / name, text, Durability::none));
  }

 private:
  TempDir folder_ = TempDir::create().value();
};

TEST_F(YarnManifest, EveryFieldBecomesAVariable) {
  EXPECT_EQ(variable(R"("x": {"y-z": [true, 7]})", "x_y_z_1"), "7");
  EXPECT_EQ(variable(R"("x": null)", "x"), "none");
  EXPECT_EQ(variable(R"("x": "a\nb")", "x"), R"("a\nb")");
  EXPECT_EQ(variable(R"("readme_": "x", "_x": 1)", "_x"), "none");
  EXPECT_EQ(read_yarn_package("{}", "/proc/self/task")->variables.at("npm_package_version"), "");
}

TEST_F(YarnManifest, PeopleAreTakenApart) {
  EXPECT_EQ(variable(R"x("author": "A B <a@b> (u)")x", "author_name"), "A B");
  EXPECT_EQ(variable(R"x("author": "A B <a@b> (u)")x", "author_url"), "u");
  EXPECT_EQ(variable(R"("contributors": [{"name": "C", "email": "c@d"}])", "contributors_0_email"),
            "c@d");
  EXPECT_FALSE(read(R"("author": {"name": "C", "mail": "c@d"})"));
}

TEST_F(YarnManifest, AReadmeDescribesThePackage) {
  write("README.md", "intro\n# Title\n\nFirst\n line\n\nSecond\n");
  EXPECT_EQ(variable("", "description"), "First line");
  EXPECT_EQ(variable("", "readmeFilename"), "README.md");
  EXPECT_EQ(variable(R"("description": "own")", "description"), "own");
}

TEST_F(YarnManifest, ReadmesThatNameALicenseAreLeftToYarn) {
  write("README", "# a\nISC\n");
  EXPECT_FALSE(read(""));
  EXPECT_TRUE(read(R"("license": "X", "description": "d")"));
  write("readme.txt", "");
  EXPECT_FALSE(read(R"("license": "X", "description": "d")"));
}

TEST_F(YarnManifest, ALicenseBesideMattersWithoutAKnownOne) {
  write("LICENSE", "MIT");
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read(R"("license": "Like MIT")"));
  EXPECT_TRUE(read(R"("license": "MIT")"));
}

TEST_F(YarnManifest, WhatYarnWouldRepairIsLeftToIt) {
  for (const char* field :
       {R"("name": ".a")", R"("name": "a b")", R"("version": "v1.2.3")", R"("version": "1.2.3+b")",
        R"("version": "1.2")", R"("version": "01.2.3")", R"("version": "1.2.3-")",
        R"("repository": "owner/name")", R"("homepage": "host")", R"("bin": "../x")",
        R"("bin": {"a/b": "x"})", R"("keywords": "a b")", R"("engines": ["node"])",
        R"("license": "X11")", R"("man": "x")", R"("bundledDependencies": [])",
        R"("dependencies": {"b": "link:../b"})", R"("scripts": [])",
        R"("dependencies": {"b": "1"}, "devDependencies": {"b": "2"})"}) {
    std::string manifest = "{" + std::string(field) + "}";
    EXPECT_FALSE(read_yarn_package(manifest, "/proc/self/task")) << field;
  }
  EXPECT_TRUE(read(R"("dependencies": {"b": "1"}, "peerDependencies": {"b": "*"})"));
}

TEST_F(YarnManifest, DemandsAreThoseOfTheMachine) {
  EXPECT_EQ(read(R"("os": ["linux"])")->demands, R"([null,["linux"],null])");
  EXPECT_EQ(read("")->demands, read(R"("x": 1)")->demands);
}

}  // namespace
}  // namespace vc::agent
