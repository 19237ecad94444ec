using System.Collections.Generic;
using System.Text;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>A reply as a test looks at it.</summary>
internal sealed record HttpReply(int Status, Dictionary<string, string> Fields, byte[] Body, string Head)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A field's value, or null. Names do not depend on case.</summary>
    public string? this[string name] => Fields.GetValueOrDefault(name);
}
