using Epollsrv.Tests.Differential;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>With valkey 8, which scripts/valkey.sh unpacks.</summary>
[Trait("Category", "Durability")]
[Trait("Needs", "Valkey")]
public sealed class ValkeyExchangeTests() : ExchangeTests(ValkeyProgram.Folder, "valkey");
