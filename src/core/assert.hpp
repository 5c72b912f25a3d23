// VC_ASSERT: a broken invariant is a bug, in every build type: say where and stop.
#pragma once

namespace vc {

[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace vc

#define VC_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::vc::assert_failed(#condition, __FILE__, __LINE__))
