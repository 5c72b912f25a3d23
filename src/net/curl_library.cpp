#include "net/curl_library.hpp"

#include <dlfcn.h>

#include <string>

namespace vc::net {

namespace {

// The name of libcurl's ABI since 2006, in every distribution.
constexpr const char* kFileName = "libcurl.so.4";

struct Loaded {
  CurlLibrary library{};
  std::string problem;  // Empty: `library` is complete and initialised.
};

Loaded load() {
  Loaded loaded;
  const auto note_problem = [&] {
    const char* const why = ::dlerror();
    loaded.problem = why == nullptr ? "libcurl cannot be loaded" : why;
  };
  void* const file = ::dlopen(kFileName, RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) {
    note_problem();
    return loaded;
  }
  const auto find = [&]<class Function>(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(file, name));
    if (function == nullptr && loaded.problem.empty()) {
      note_problem();
    }
  };
  CurlLibrary& library = loaded.library;
  find(library.easy_cleanup, "curl_easy_cleanup");
  find(library.easy_getinfo, "curl_easy_getinfo");
  find(library.easy_init, "curl_easy_init");
  find(library.easy_reset, "curl_easy_reset");
  find(library.easy_setopt, "curl_easy_setopt");
  find(library.easy_strerror, "curl_easy_strerror");
  find(library.free, "curl_free");
  find(library.multi_add_handle, "curl_multi_add_handle");
  find(library.multi_cleanup, "curl_multi_cleanup");
  find(library.multi_info_read, "curl_multi_info_read");
  find(library.multi_init, "curl_multi_init");
  find(library.multi_perform, "curl_multi_perform");
  find(library.multi_poll, "curl_multi_poll");
  find(library.multi_remove_handle, "curl_multi_remove_handle");
  find(library.multi_setopt, "curl_multi_setopt");
  find(library.multi_wakeup, "curl_multi_wakeup");
  find(library.slist_append, "curl_slist_append");
  find(library.slist_free_all, "curl_slist_free_all");
  find(library.url, "curl_url");
  find(library.url_cleanup, "curl_url_cleanup");
  find(library.url_get, "curl_url_get");
  find(library.url_set, "curl_url_set");
  decltype(&curl_global_init) global_init = nullptr;
  find(global_init, "curl_global_init");
  if (loaded.problem.empty() && global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    loaded.problem = "libcurl cannot be initialised";
  }
  return loaded;
}

const Loaded& loaded() {
  static const Loaded kLoaded = load();
  return kLoaded;
}

}  // namespace

Result<void> load_libcurl() {
  if (!loaded().problem.empty()) {
    return fail(Errc::io, loaded().problem,
                "install libcurl (the package libcurl4), version 7.85 or newer");
  }
  return {};
}

const CurlLibrary& curl() {
  return loaded().library;
}

}  // namespace vc::net
