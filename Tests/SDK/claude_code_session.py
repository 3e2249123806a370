"""Runs one session of Claude Code in a process of its own, and prints its messages as lines of JSON.

    claude_code_session.py MODEL PROMPT...
"""

import asyncio
import dataclasses
import json
import sys

from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient, create_sdk_mcp_server, tool


@tool("read_meter", "Reads the meter of a toll gate.", {"gate": str})
async def read_meter(arguments):
    return {"content": [{"type": "text", "text": f"Gate {arguments['gate']} has counted 4711 vehicles."}]}


async def session(model, *prompts):
    options = ClaudeAgentOptions(
        model=model, allowed_tools=["mcp__gates__read_meter", "WebSearch"], setting_sources=[], max_turns=4,
        mcp_servers={"gates": create_sdk_mcp_server("gates", tools=[read_meter])},
        stderr=lambda line: print(line, file=sys.stderr))
    async with ClaudeSDKClient(options) as client:
        for prompt in prompts:
            await client.query(prompt)
            async for message in client.receive_response():
                print(json.dumps({"kind": type(message).__name__} | dataclasses.asdict(message), default=str))


if __name__ == "__main__":
    asyncio.run(session(*sys.argv[1:]))
