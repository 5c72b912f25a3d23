#include "agent/selection/affected_base.hpp"

#include <fmt/format.h>

#include <initializer_list>

namespace vc::agent {

namespace {

std::string variable(const Environment& environment, std::string_view name) {
  return std::string(environment.find(name).value_or(""));
}

std::string first_known(GitCommand& git, std::initializer_list<std::string> references) {
  for (const std::string& reference : references) {
    if (git.commit(reference)) {
      return reference;
    }
  }
  return {};
}

std::string as_branch(GitCommand& git, std::string_view name) {
  return first_known(
      git, {fmt::format("refs/heads/{}", name), fmt::format("refs/remotes/origin/{}", name)});
}

std::string default_branch(GitCommand& git) {
  constexpr std::string_view kPrefix = "refs/remotes/origin/";
  const auto head = git.run({"symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"});
  if (head && head->starts_with(kPrefix)) {
    const std::string_view name = std::string_view(*head).substr(kPrefix.size());
    if (std::string found = as_branch(git, name.substr(0, name.find('\n'))); !found.empty()) {
      return found;
    }
  }
  for (const std::string_view name : {"main", "master"}) {
    if (std::string found = as_branch(git, name); !found.empty()) {
      return found;
    }
  }
  return {};
}

}  // namespace

AffectedBase find_affected_base(GitCommand& git, const Environment& environment,
                                const std::string& wanted) {
  AffectedBase result;
  if (std::string head = variable(environment, "VELOCITY_SCM_HEAD"); !head.empty()) {
    result.head = std::move(head);
  }
  result.base = wanted.empty() ? variable(environment, "VELOCITY_SCM_BASE") : wanted;
  if (!result.base.empty()) {
    return result;
  }
  const std::string target = variable(environment, "GITHUB_BASE_REF");
  if (!target.empty()) {
    // Of the two, the target's state at origin is what the pull request is made against.
    result.base = first_known(
        git, {fmt::format("refs/remotes/origin/{}", target), fmt::format("refs/heads/{}", target)});
    result.unknown =
        fmt::format("the branch \"{}\" of GITHUB_BASE_REF is not in this clone", target);
  } else {
    result.base = default_branch(git);
    result.unknown = "there is no default branch to compare with (origin/HEAD, main, master)";
  }
  return result;
}

}  // namespace vc::agent
