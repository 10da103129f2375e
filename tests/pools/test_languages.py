"""The snippets are valid in their language, and a hostile name is itself there; no server is needed."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pgconn.data import framework
from pgconn.documents.pool import Snippet
from pgconn.emit import literals
from pgconn.emit.pools import pool
from tests.emit.test_literals import AWKWARD
from tests.pools.place import go_package, program

APPS: Final = ("web", *(text for text in AWKWARD if text.strip()))
NAMES: Final = APPS[1:]
EXPECTED: Final = [text.encode().hex() for text in NAMES]


def written(language: str, apps: Sequence[str] = APPS) -> list[tuple[str, Snippet]]:
    """Every snippet in this language, for each of the names, with and without a pooler."""
    documents = (
        pool(name, most=8, app=app, transaction_pooling=pooled)
        for name in framework.names()
        for app in apps
        for pooled in (False, True)
    )
    return [
        (one.framework.name, snippet)
        for one in documents
        for snippet in (*one.snippets, one.give_back)
        if snippet.format == language
    ]


def run(command: Sequence[str], folder: Path) -> str:
    ran = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def distinct(found: list[tuple[str, Snippet]]) -> dict[str, str]:
    """The texts once each, by a name for their file."""
    texts = dict.fromkeys(snippet.text for _, snippet in found)
    return {f"snippet{number}": text for number, text in enumerate(texts)}


def test_node_takes_every_snippet(tmp_path: Path) -> None:
    node = program("node")
    check = """
const { readdirSync, readFileSync } = require('node:fs')
const { Script } = require('node:vm')
for (const name of readdirSync('.').filter((name) => name.startsWith('snippet'))) {
  const text = readFileSync(name, 'utf8').replace(/^import .*$/gm, '').replace(/^export /gm, '')
  new Script(text, { filename: name })
}
"""
    texts = distinct(written("javascript"))
    assert len(texts) > 300
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    run([node, "-e", check], tmp_path)


def test_php_takes_every_snippet(tmp_path: Path) -> None:
    php = program("php")
    for name, text in distinct(written("php", (APPS[0], AWKWARD[-1], "".join(AWKWARD)))).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        run([php, "-n", "-l", name], tmp_path)


def test_gofmt_takes_every_snippet(tmp_path: Path) -> None:
    gofmt = program("gofmt")
    for name, text in distinct(written("go")).items():
        whole = text if text.startswith("package") else f"package p\n\n{text}"
        (tmp_path / f"{name}.go").write_text(whole, encoding="utf-8")
    run([gofmt, "-e", "-l", "."], tmp_path)


def test_ruby_takes_every_snippet_and_reads_the_name_out_of_the_yaml(tmp_path: Path) -> None:
    ruby = program("ruby")
    (tmp_path / "back.rb").write_text(written("ruby")[0][1].text, encoding="utf-8")
    run([ruby, "-c", "back.rb"], tmp_path)
    for number, app in enumerate(NAMES):
        (snippet,) = pool("rails", most=8, app=app, transaction_pooling=True).snippets
        (tmp_path / f"{number:03}.yml").write_text(snippet.text, encoding="utf-8")
    script = """
require "erb"
require "socket"
require "yaml"
Dir["*.yml"].sort.each do |file|
  read = YAML.load(ERB.new(File.read(file)).result).fetch("production")
  raise read.inspect unless read["max_connections"] == 8 && read["prepared_statements"] == false
  name = read["application_name"].delete_suffix("@" + Socket.gethostname)
  puts name.unpack1("H*")
end
"""
    (tmp_path / "read.rb").write_text(script, encoding="utf-8")
    assert run([ruby, "-Eutf-8:utf-8", "read.rb"], tmp_path).split() == EXPECTED


def hexed(folder: Path, escape: Callable[[str], str], name: str, template: str, *commands: Sequence[str]) -> list[str]:
    """What a program prints that holds the names as literals, in the quotes around NAMES, and prints their bytes."""
    quote = template[template.index("NAMES") - 1]
    names = f"{quote},\n{quote}".join(map(escape, NAMES))
    (folder / name).write_text(template.replace("NAMES", names), encoding="utf-8")
    *before, last = commands
    for command in before:
        run(command, folder)
    return run(last, folder).split()


def test_a_name_is_itself_in_javascript(tmp_path: Path) -> None:
    text = "for (const name of ['NAMES']) console.log(Buffer.from(name).toString('hex'))"
    assert hexed(tmp_path, literals.javascript, "x.cjs", text, [program("node"), "x.cjs"]) == EXPECTED


def test_a_name_is_itself_in_php(tmp_path: Path) -> None:
    text = '<?php foreach (["NAMES"] as $name) echo bin2hex($name), "\\n";'
    assert hexed(tmp_path, literals.php, "x.php", text, [program("php"), "-n", "x.php"]) == EXPECTED


def test_a_name_is_itself_in_go(tmp_path: Path) -> None:
    text = """
package main

import "fmt"

func main() {
    for _, name := range []string{"NAMES",
    } {
        fmt.Printf("%x\\n", name)
    }
}
"""
    go = program("go")
    go_package("github.com/jackc/pgx/v4/pgxpool")
    assert hexed(tmp_path, literals.double_quoted, "x.go", text, [go, "run", "x.go"]) == EXPECTED


def test_a_name_is_itself_in_java_and_in_a_property(tmp_path: Path) -> None:
    text = """
import java.io.*;
import java.nio.charset.StandardCharsets;

public final class X {
    static void show(String name) {
        StringBuilder shown = new StringBuilder();
        for (byte unit : name.getBytes(StandardCharsets.UTF_8)) shown.append(String.format("%02x", unit));
        System.out.println(shown);
    }

    public static void main(String[] arguments) throws IOException {
        for (String name : new String[] {"NAMES"}) show(name);
        java.util.Properties properties = new java.util.Properties();
        properties.load(new FileInputStream("x.properties"));
        for (int i = 0; i < properties.size(); i++) show(properties.getProperty("x" + i).replace("${dollar:$}", "$"));
    }
}
"""
    lines = [f"x{number}={literals.spring_property(name)}\n" for number, name in enumerate(NAMES)]
    (tmp_path / "x.properties").write_text("".join(lines), encoding="ascii")
    compiled, ran = [program("javac"), "-encoding", "utf-8", "X.java"], [program("java"), "-cp", ".", "X"]
    assert hexed(tmp_path, literals.java, "X.java", text, compiled, ran) == EXPECTED * 2
