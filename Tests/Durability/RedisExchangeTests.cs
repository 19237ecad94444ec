using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>With redis-server 7.</summary>
[Trait("Category", "Durability")]
public sealed class RedisExchangeTests() : ExchangeTests("/usr/bin", "redis");
