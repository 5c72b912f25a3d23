#include "agent/selection/select_packages.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/selection/changed_packages.hpp"
#include "agent/selection/directory_pattern.hpp"
#include "agent/selection/name_pattern.hpp"
#include "agent/task_graph/name_suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

class PackageSelector {
 public:
  PackageSelector(const Workspace& workspace, const SelectionRequest& request,
                  const PackageOfFile& package_of_file, ChangedFiles& changes)
      : workspace_(workspace),
        request_(request),
        package_of_file_(package_of_file),
        changes_(changes) {}

  std::expected<SelectedPackages, Diagnostics> select() {
    const bool only_exclusions =
        request_.named.empty() && std::ranges::all_of(request_.filters, &Filter::is_exclusion);
    PackageSet selected = only_exclusions ? everything() : nothing();
    for (const PackageId package : request_.named) {
      selected[package] = true;
    }
    PackageSet excluded = nothing();
    for (const Filter& filter : request_.filters) {
      add_all(filter.is_exclusion ? excluded : selected, selected_by(filter));
    }
    remove_all(selected, excluded);
    if (request_.affected && errors_.empty()) {
      keep_only(selected, affected(*request_.affected));
    }
    if (!errors_.empty()) {
      return std::unexpected(std::move(errors_));
    }
    for (PackageId package = 0; package < selected.size(); ++package) {
      if (selected[package]) {
        result_.packages.push_back(package);
      }
    }
    return std::move(result_);
  }

 private:
  PackageSet nothing() const { return PackageSet(workspace_.packages.size()); }

  PackageSet everything() const { return PackageSet(workspace_.packages.size(), true); }

  PackageSet selected_by(const Filter& filter) {
    const std::size_t errors = errors_.size();
    PackageSet core = core_of(filter);
    if (is_empty(core)) {
      if (!filter.changes && errors_.size() == errors) {
        warn_that_nothing_matches(filter);
      }
      return core;
    }
    if (!filter.adds_dependents && !filter.adds_dependencies) {
      return core;
    }
    PackageSet selected = filter.leaves_itself_out ? nothing() : core;
    if (filter.adds_dependencies) {
      add_all(selected, reached_from(workspace_, core, EdgeDirection::dependencies));
    }
    if (filter.adds_dependents) {
      const PackageSet dependents = reached_from(workspace_, core, EdgeDirection::dependents);
      add_all(selected, dependents);
      if (filter.adds_dependencies) {
        add_all(selected, reached_from(workspace_, dependents, EdgeDirection::dependencies));
      }
    }
    return selected;
  }

  // What the filter names, without dependencies and dependents.
  PackageSet core_of(const Filter& filter) {
    PackageSet core = everything();
    if (filter.directory) {
      keep_only(core, in_directory(filter, *filter.directory));
    }
    if (!filter.name.empty()) {
      keep_only(core, with_name(filter));
    }
    if (!filter.changes) {
      return core;
    }
    const PackageSet changed = changed_in(filter, *filter.changes);
    if (!filter.counts_dependencies_changes) {
      keep_only(core, changed);
      return core;
    }
    PackageSet concerned = reached_from(workspace_, changed, EdgeDirection::dependents);
    if (!filter.leaves_itself_out) {
      add_all(concerned, changed);
    }
    keep_only(core, concerned);
    return core;
  }

  PackageSet with_name(const Filter& filter) {
    PackageSet found = nothing();
    std::vector<std::string> names;
    for (const Package& package : workspace_.packages) {
      found[package.id] = name_matches(filter.name, package.name);
      names.push_back(package.name);
    }
    if (is_empty(found) && !is_name_pattern(filter.name)) {
      const bool is_folder = std::ranges::find(workspace_.packages, filter.name,
                                               &Package::directory) != workspace_.packages.end();
      errors_.push_back(filter_diagnostic(codes::kUnknownPackage, filter.text,
                                          fmt::format("no package is called \"{}\"", filter.name),
                                          is_folder
                                              ? fmt::format("a folder is written ./{}", filter.name)
                                              : name_suggestion(filter.name, names, "packages")));
    }
    return found;
  }

  PackageSet in_directory(const Filter& filter, const std::string& directory) {
    PackageSet found = nothing();
    const auto pattern = DirectoryPattern::create(directory, request_.directory);
    if (!pattern) {
      errors_.push_back(
          filter_diagnostic(codes::kFilterFolder, filter.text, pattern.error().message,
                            "folders count from where you are: ./apps/web, ./apps/*"));
      return found;
    }
    bool has_below = false;
    for (const Package& package : workspace_.packages) {
      found[package.id] = pattern->matches(package.directory);
      has_below = has_below || package.directory.starts_with(pattern->text() + "/");
    }
    if (is_empty(found) && pattern->is_literal()) {
      const std::string shown = pattern->text().empty() ? "." : "./" + pattern->text();
      errors_.push_back(filter_diagnostic(
          codes::kFilterFolder, filter.text,
          fmt::format("{} is not the folder of a package", shown),
          has_below || pattern->text().empty()
              ? fmt::format("write {0}/* for the packages in it, or {0}/** for all below it", shown)
              : "the folder of a package is the one its manifest lies in"));
    }
    return found;
  }

  void warn_that_nothing_matches(const Filter& filter) {
    Diagnostic warning = filter_diagnostic(
        codes::kFilterMatchesNothing, filter.text, "the filter matches no package",
        filter.name.contains('/') && !filter.name.starts_with('@')
            ? fmt::format("it is taken for a name; a folder is written ./{}", filter.name)
            : "");
    warning.severity = Severity::warning;
    result_.warnings.push_back(std::move(warning));
  }

  PackageSet changed_in(const Filter& filter, const ChangeRange& range) {
    const bool has_end = !range.to.empty();
    const ChangeQuery query{.from = range.from,
                            .to = has_end ? range.to : "HEAD",
                            .base = has_end ? DiffBase::merge_base : DiffBase::revision,
                            .working_tree = has_end ? WorkingTree::ignored : WorkingTree::included};
    const auto files = changes_.changed(query);
    if (!files) {
      errors_.push_back(filter_diagnostic(codes::kChangesUnknown, filter.text,
                                          files.error().message, files.error().hint));
      return nothing();
    }
    return owners_of(*files, query);
  }

  // nullopt when the lockfile has not changed, or counts whole.
  std::optional<PackageSet> users_of_lockfile(const std::vector<std::string>& files,
                                              const ChangeQuery& query) {
    if (!request_.lockfile_users || std::ranges::find(files, workspace_.lockfile) == files.end()) {
      return std::nullopt;
    }
    const auto contents = changes_.contents(query, workspace_.lockfile);
    return contents ? std::optional(request_.lockfile_users(contents->before, contents->now))
                    : std::nullopt;
  }

  PackageSet owners_of(const std::vector<std::string>& files, const ChangeQuery& query) {
    ChangedPackages owners = package_of_file_.owners(files, users_of_lockfile(files, query));
    if (!owners.global_file.empty()) {
      warn_that_everything_is_affected(
          fmt::format("{} changed, which concerns every package", owners.global_file), "");
    }
    return std::move(owners.packages);
  }

  PackageSet affected(const AffectedBase& affected) {
    if (affected.base.empty()) {
      warn_that_everything_is_affected(affected.unknown,
                                       "name what to compare with: --affected=REVISION or "
                                       "VELOCITY_SCM_BASE");
      return everything();
    }
    const ChangeQuery query{.from = affected.base, .to = affected.head};
    const auto files = changes_.changed(query);
    if (!files && files.error().code == Errc::not_found) {
      warn_that_everything_is_affected(files.error().message, files.error().hint);
      return everything();
    }
    if (!files) {
      errors_.push_back({.code = codes::kChangesUnknown,
                         .message = "--affected: " + files.error().message,
                         .at = {},
                         .source_line = {},
                         .help = files.error().hint});
      return nothing();
    }
    PackageSet changed = owners_of(*files, query);
    add_all(changed, reached_from(workspace_, changed, EdgeDirection::dependents));
    return changed;
  }

  void warn_that_everything_is_affected(std::string_view why, std::string help) {
    const auto is_told = [](const Diagnostic& warning) {
      return warning.code == codes::kEverythingAffected;
    };
    if (std::ranges::any_of(result_.warnings, is_told)) {
      return;
    }
    result_.warnings.push_back({.severity = Severity::warning,
                                .code = codes::kEverythingAffected,
                                .message = fmt::format("all packages count as changed: {}", why),
                                .at = {},
                                .source_line = {},
                                .help = std::move(help)});
  }

  const Workspace& workspace_;
  const SelectionRequest& request_;
  const PackageOfFile& package_of_file_;
  ChangedFiles& changes_;
  SelectedPackages result_;
  Diagnostics errors_;
};

}  // namespace

std::expected<SelectedPackages, Diagnostics> select_packages(const Config& config,
                                                             const Workspace& workspace,
                                                             const SelectionRequest& request,
                                                             ChangedFiles& changes) {
  const auto package_of_file = PackageOfFile::create(config, workspace);
  if (!package_of_file) {
    return std::unexpected(Diagnostics{{.code = codes::kBadPattern,
                                        .message = package_of_file.error().message,
                                        .at = {.file = config.file},
                                        .source_line = {},
                                        .help = {}}});
  }
  return PackageSelector(workspace, request, *package_of_file, changes).select();
}

}  // namespace vc::agent
