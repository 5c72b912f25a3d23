#include "agent/commands/provenance.hpp"

#include <array>
#include <string_view>

namespace vc::agent {

namespace {

struct Source {
  std::string_view field;
  std::string_view variable;
};

// GitHub Actions, GitLab CI, Buildkite, Jenkins; the first that is set wins.
constexpr std::array kSources{
    Source{.field = "repository", .variable = "GITHUB_REPOSITORY"},
    Source{.field = "repository", .variable = "CI_PROJECT_PATH"},
    Source{.field = "repository", .variable = "BUILDKITE_REPO"},
    Source{.field = "repository", .variable = "GIT_URL"},
    Source{.field = "ref", .variable = "GITHUB_REF"},
    Source{.field = "ref", .variable = "CI_COMMIT_REF_NAME"},
    Source{.field = "ref", .variable = "BUILDKITE_BRANCH"},
    Source{.field = "ref", .variable = "GIT_BRANCH"},
    Source{.field = "commit", .variable = "GITHUB_SHA"},
    Source{.field = "commit", .variable = "CI_COMMIT_SHA"},
    Source{.field = "commit", .variable = "BUILDKITE_COMMIT"},
    Source{.field = "commit", .variable = "GIT_COMMIT"},
    Source{.field = "run", .variable = "GITHUB_RUN_ID"},
    Source{.field = "run", .variable = "CI_PIPELINE_ID"},
    Source{.field = "run", .variable = "BUILDKITE_BUILD_ID"},
    Source{.field = "run", .variable = "BUILD_TAG"},
};

}  // namespace

std::map<std::string, std::string> provenance_of(const Environment& environment) {
  std::map<std::string, std::string> out;
  for (const Source& source : kSources) {
    const auto value = environment.find(source.variable);
    if (value && !value->empty()) {
      out.try_emplace(std::string(source.field), *value);
    }
  }
  return out;
}

}  // namespace vc::agent
