// The text of docs/schema/velocity.schema.json, put into the program when it is built.
#pragma once

#include <string_view>

namespace vc::agent {

std::string_view velocity_schema();

}  // namespace vc::agent
