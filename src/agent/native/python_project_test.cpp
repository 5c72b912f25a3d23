#include "agent/native/python_project.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::HasSubstr;

std::string python_error(std::string_view text) {
  const auto project = parse_python_project(text, "pyproject.toml");
  return project ? "" : render(project.error());
}

TEST(PythonProject, NamesAreNormalised) {
  EXPECT_EQ(normalized_python_name("Friendly-.__Bard"), "friendly-bard");
  EXPECT_EQ(normalized_python_name(""), "");
}

TEST(PythonProject, DependenciesOfAllKindsAreRead) {
  const auto project = parse_python_project(R"(
[project]
name = "Web_App"
version = "1.0"
dependencies = ["core", "My.Lib[fast]>=1.0; python_version < '3.12'", " spaced @ file:///x"]
[project.optional-dependencies]
gpu = ["cuda-part~=2.0"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["Ruff"]
[tool.uv]
dev-dependencies = ["mypy"]
[tool.uv.sources]
core = { workspace = true }
My-Lib = [{ path = "../mylib", marker = "sys_platform == 'linux'" }, { index = "other" }]
[tool.uv.workspace]
members = ["packages/*"]
exclude = ["packages/old"]
)",
                                            "pyproject.toml");
  ASSERT_TRUE(project) << render(project.error());
  std::string found;
  for (const PythonDependency& each : project->dependencies) {
    found += each.name + (each.for_tests ? "? " : " ");
  }
  EXPECT_EQ(found, "core my-lib spaced cuda-part pytest? ruff? mypy? ");
  EXPECT_TRUE(project->sources.at("core").workspace);
  EXPECT_EQ(project->sources.at("my-lib").paths, std::vector<std::string>{"../mylib"});
  EXPECT_FALSE(project->sources.at("my-lib").workspace);
  EXPECT_EQ(project->members.size(), 1U);
  EXPECT_EQ(project->exclude.size(), 1U);
}

TEST(PythonProject, MistakesHaveTheirPlace) {
  EXPECT_THAT(python_error("[project]\nname = \"a#b\"\n"), HasSubstr("pyproject.toml:2:8: error"));
  EXPECT_THAT(python_error("[project]\ndependencies = [1]\nname = \"a\"\n"), HasSubstr(":2:17:"));
  EXPECT_THAT(python_error("[dependency-groups]\ndev = 1\n"), HasSubstr("must be a list"));
  EXPECT_THAT(python_error("[tool]\nuv = 1\n"), HasSubstr("must be a table"));
  EXPECT_EQ(python_error("[tool.black]\nline-length = 100\n"), "");
}

}  // namespace
}  // namespace vc::agent
