#include "agent/selection/git_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vc::agent {

namespace {

constexpr const char* kFetchMore = "fetch it, in CI with the whole history (fetch-depth: 0)";

}  // namespace

Result<std::vector<std::string>> GitChanges::changed(const ChangeQuery& query) {
  VC_CHECK(git_.check_repository());
  VC_TRY(const std::string from, commit_of(query.from));
  VC_TRY(const std::string to, commit_of(query.to));
  VC_TRY(const std::string base, base_of(query, from, to));
  std::vector<std::string> files;
  if (base != to) {
    VC_CHECK(add_differences({base, to}, files));
  }
  if (query.working_tree == WorkingTree::included) {
    VC_CHECK(add_differences({"HEAD"}, files));
    VC_CHECK(add_untracked(files));
  }
  return files;
}

Result<ChangedFiles::Contents> GitChanges::contents(const ChangeQuery& query,
                                                    const std::string& file) {
  VC_TRY(const std::string from, commit_of(query.from));
  VC_TRY(const std::string to, commit_of(query.to));
  VC_TRY(const std::string base, base_of(query, from, to));
  Contents contents;
  VC_TRY(contents.before, content_at(base, file));
  if (query.working_tree == WorkingTree::ignored) {
    VC_TRY(contents.now, content_at(to, file));
    return contents;
  }
  if (git_.commit("HEAD") != to) {
    return fail(Errc::invalid, fmt::format("\"{}\" is not HEAD", query.to));
  }
  VC_TRY(contents.now, read_file(git_.directory() / file));
  return contents;
}

Result<std::string> GitChanges::content_at(const std::string& commit, const std::string& file) {
  return git_.run({"cat-file", "blob", fmt::format("{}:./{}", commit, file)});
}

Result<std::string> GitChanges::commit_of(const std::string& revision) {
  // git_command passes it behind --end-of-options; this is for the message.
  if (revision.starts_with('-')) {
    return fail(Errc::invalid, fmt::format("\"{}\" is no revision", revision));
  }
  auto commit = git_.commit(revision);
  if (!commit) {
    return fail(Errc::invalid, fmt::format("git knows no revision \"{}\" here", revision),
                kFetchMore);
  }
  return *std::move(commit);
}

Result<std::string> GitChanges::base_of(const ChangeQuery& query, const std::string& from,
                                        const std::string& to) {
  if (query.base == DiffBase::revision) {
    return from;
  }
  auto base = git_.run({"merge-base", from, to});
  if (!base && base.error().code != Errc::io) {
    return base;
  }
  if (!base) {
    const auto shallow = git_.run({"rev-parse", "--is-shallow-repository"});
    const bool is_shallow = shallow && shallow->starts_with("true");
    return fail(Errc::not_found,
                fmt::format("\"{}\" and \"{}\" have no common ancestor{}", query.from, query.to,
                            is_shallow ? " in this shallow clone" : ""),
                is_shallow ? "clone with the whole history (fetch-depth: 0)" : "");
  }
  return base->substr(0, base->find('\n'));
}

Result<void> GitChanges::add_differences(std::vector<std::string> between,
                                         std::vector<std::string>& files) {
  std::vector<std::string> arguments{"diff",         "--name-only",   "-z",
                                     "--no-renames", "--no-ext-diff", "--no-textconv",
                                     "--no-color",   "--relative",    "--ignore-submodules=dirty"};
  std::ranges::move(between, std::back_inserter(arguments));
  arguments.emplace_back("--");
  VC_TRY(auto found, git_.run_for_list(std::move(arguments)));
  std::ranges::move(found, std::back_inserter(files));
  return {};
}

Result<void> GitChanges::add_untracked(std::vector<std::string>& files) {
  VC_TRY(auto found, git_.run_for_list({"ls-files", "--others", "--exclude-standard", "-z"}));
  std::ranges::move(found, std::back_inserter(files));
  return {};
}

}  // namespace vc::agent
