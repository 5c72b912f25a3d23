// Asio as the server uses it: one concrete executor, errors as values instead of exceptions.
//
// Private to src/net. The concrete executor type (rather than any_io_executor) saves a virtual call
// and an allocation on every wait; together with error codes that is a quarter of a request's cost.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vc::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using UseTask = asio::use_awaitable_t<Executor>;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

// co_await socket.async_wait(..., kAsTuple) gives [error, ...].
inline constexpr asio::as_tuple_t<UseTask> kAsTuple{};

}  // namespace vc::net
