#include "agent/fingerprint/shared_ingredients.hpp"

#include "agent/fingerprint/canonical_encoding.hpp"

#include <algorithm>

namespace vc::agent {

namespace {

constexpr std::string_view kGone = "absent";

std::string file_value(const PackageInputs& inputs, std::string_view path) {
  const auto file = inputs.certain_file(path);
  return file ? described_file(inputs.table.row(*file)) : std::string(kGone);
}

// One file is told by itself, many by a digest of their list (docs/fingerprint.md).
Ingredient ingredient_of(const SharedFiles& shared, const PackageInputs& inputs) {
  Ingredient ingredient{.kind = IngredientKind::global_input, .name = shared.name, .value = {}};
  if (shared.paths.size() == 1 && shared.paths.front() == shared.name) {
    ingredient.value = file_value(inputs, shared.name);
    return ingredient;
  }
  CanonicalEncoding encoding;
  for (const std::string& path : shared.paths) {
    encoding.add(IngredientKind::input, path, file_value(inputs, path));
  }
  ingredient.value = "files " + encoding.digest().hex();
  return ingredient;
}

}  // namespace

SharedIngredients::SharedIngredients(const Workspace& workspace,
                                     const PackageInputs& workspace_files) {
  for (const SharedFiles& shared : workspace.shared_files) {
    of_files_.push_back(ingredient_of(shared, workspace_files));
  }
  for (const Package& package : workspace.packages) {
    of_package_.push_back(package.shared);
    Paths& known = paths_[package.shared];
    if (known != nullptr) {
      continue;
    }
    std::vector<std::string> paths;
    if (!workspace.lockfile.empty()) {
      paths.push_back(workspace.lockfile);
    }
    for (const std::uint32_t index : package.shared) {
      const auto& more = workspace.shared_files[index].paths;
      paths.insert(paths.end(), more.begin(), more.end());
    }
    std::ranges::sort(paths);
    const auto repeated = std::ranges::unique(paths);
    paths.erase(repeated.begin(), repeated.end());
    known = std::make_shared<const std::vector<std::string>>(std::move(paths));
  }
}

void SharedIngredients::add_to(PackageId package, std::vector<Ingredient>& ingredients) const {
  for (const std::uint32_t index : of_package_[package]) {
    ingredients.push_back(of_files_[index]);
  }
}

SharedIngredients::Paths SharedIngredients::files_of(PackageId package) const {
  const auto paths = paths_.find(of_package_[package]);
  return paths == paths_.end() ? nullptr : paths->second;
}

}  // namespace vc::agent
