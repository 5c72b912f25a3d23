// `velocity-cli plan`: what `run` would do. Looks, and changes nothing but what it remembers of the
// files it hashed.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

int run_plan(const PlanArguments& arguments, CommandContext& context);

std::string plan_table(const RunContext& run, const LookupResult& lookups);
std::string plan_json(const RunContext& run, const LookupResult& lookups, std::string_view remote);

}  // namespace vc::agent
