// Notes made by hand, for tests of explanations.
#pragma once

#include "agent/explain/cause.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vc::agent {

inline Ingredient noted_file(const std::string& path, std::string_view text,
                             IngredientKind kind = IngredientKind::input) {
  return {.kind = kind, .name = path, .value = "file " + sha256(text).hex()};
}

// The key is a digest of the ingredients, as it is of real ones.
inline TaskNotes noted(const std::string& label, std::vector<Ingredient> ingredients) {
  TaskNotes notes{.label = label, .ingredients = std::move(ingredients)};
  notes.ingredients.insert(
      notes.ingredients.begin(),
      {.kind = IngredientKind::package, .value = "packages/" + label.substr(0, label.find('#'))});
  notes.key = sha256(encode_notes(notes));
  return notes;
}

inline Ingredient needs(const TaskNotes& dependency) {
  return {
      .kind = IngredientKind::dependency, .name = dependency.label, .value = dependency.key.hex()};
}

}  // namespace vc::agent
