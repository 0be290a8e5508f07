"""Three applications of Spark's, of which one is run: `join`, `hand_on` or `fail` in a folder."""

import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf


def join(spark: SparkSession, folder: Path) -> None:
    """Two CSV files become a dataset, which is written again; a text file is copied twice."""
    (folder / "customers.csv").write_text("id,country\n1,AT\n2,CH\n3,DE\n")
    (folder / "orders.csv").write_text("customer,amount\n1,10\n1,5\n3,7\n")
    (folder / "notes").mkdir()
    (folder / "notes" / "today.txt").write_text("rain\n")
    read = spark.read.option("header", True)
    customers, orders = (read.csv(f"{folder}/{name}.csv") for name in ("customers", "orders"))
    joined = customers.join(orders, customers.id == orders.customer)
    joined.write.mode("overwrite").parquet(f"{folder}/joined")
    joined.filter("amount > 5").write.mode("overwrite").parquet(f"{folder}/joined")
    spark.read.text(f"{folder}/notes/today.txt").write.parquet(f"{folder}/copied")
    lines = spark.sparkContext.textFile(f"{folder}/notes/today.txt")
    lines.saveAsTextFile(f"{folder}/copied-as-rdd")


def hand_on(spark: SparkSession, folder: Path) -> None:
    """Rows are read, and handed on in memory to what is written: a dataset, and a table."""
    rows = spark.read.parquet(f"{folder}/joined").collect()
    amounts = [(row.country, int(row.amount)) for row in rows]
    report = spark.createDataFrame(amounts, "country string, amount int")
    report.write.parquet(f"{folder}/report")
    report.write.saveAsTable("totals")


def fail(spark: SparkSession, folder: Path) -> None:
    """What is written breaks off."""

    @udf("int")
    def broken(amount: int) -> int:
        raise ValueError(f"no place for {amount}")

    report = spark.read.parquet(f"{folder}/report")
    report.select(broken("amount")).write.parquet(f"{folder}/broken")


name, folder = sys.argv[1], Path(sys.argv[2])
spark = SparkSession.builder.appName(name).getOrCreate()
try:
    {"join": join, "hand_on": hand_on, "fail": fail}[name](spark, folder)
finally:
    spark.stop()
