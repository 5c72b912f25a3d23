// A manifest as yarn 1 has it in memory: fields in the forms that it gives them.
#pragma once

#include "core/files.hpp"
#include "core/result.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace vc::agent {

// Rewrites names, versions, people, links, programs and dependencies. Errc::invalid, naming the
// field, where yarn would repair, drop or refuse something.
Result<void> normalise_as_yarn(boost::json::object& manifest);

// Adds what yarn takes from files in `folder`: the name of a README, and the description from it.
// Errc::invalid where a file decides more than that. Expects a normalised manifest.
Result<void> fill_in_as_yarn(boost::json::object& manifest, const fs::path& folder);

// "Name <mail> (url)", or an object of these, as an object of what is there; nullopt for what yarn
// would make something else of.
std::optional<boost::json::object> normalised_person(const boost::json::value& value);

}  // namespace vc::agent
