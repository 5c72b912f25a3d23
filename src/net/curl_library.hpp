// CurlLibrary: libcurl, loaded when the first request is sent.
//
// It brings 27 other libraries (TLS, LDAP, Kerberos): linked in the ordinary way, they take 4 of
// the 7 ms that starting a command takes, and a run whose results are all in place sends no
// request.
#pragma once

#include "core/result.hpp"

#include <curl/curl.h>

namespace vc::net {

struct CurlLibrary {
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_free) free;
  decltype(&curl_multi_add_handle) multi_add_handle;
  decltype(&curl_multi_cleanup) multi_cleanup;
  decltype(&curl_multi_info_read) multi_info_read;
  decltype(&curl_multi_init) multi_init;
  decltype(&curl_multi_perform) multi_perform;
  decltype(&curl_multi_poll) multi_poll;
  decltype(&curl_multi_remove_handle) multi_remove_handle;
  decltype(&curl_multi_setopt) multi_setopt;
  decltype(&curl_multi_wakeup) multi_wakeup;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_url) url;
  decltype(&curl_url_cleanup) url_cleanup;
  decltype(&curl_url_get) url_get;
  decltype(&curl_url_set) url_set;
};

// Loads and initialises libcurl, once per process, whichever thread comes first; stays loaded until
// the process ends. Errc::io, with the package to install, where it cannot be.
Result<void> load_libcurl();

// Only after load_libcurl() has succeeded.
const CurlLibrary& curl();

}  // namespace vc::net
